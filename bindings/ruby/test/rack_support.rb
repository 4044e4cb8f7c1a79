require_relative "support"
require "rack"

# Tests of applications: with the Rack that is on the load path, 2.2 or 3. Rack 3 leaves the command and the handlers to
# rackup, so that must be there too: RUBYLIB=rack/lib:rackup/lib.
module Rackups
  include Serving

  IS_RACK_2 = Rack.release.to_i < 3
  require(IS_RACK_2 ? "rack/handler" : "rackup")
  HANDLERS = IS_RACK_2 ? Rack::Handler : Rackup::Handler
  # The command that belongs to this Rack.
  RACKUP = if IS_RACK_2
             %w[-S rackup]
           else
             [File.expand_path("../../bin/rackup", $LOAD_PATH.resolve_feature_path("rackup")[1])]
           end

  # Serves a configuration; the port and the process.
  def rackup(config, *arguments, port: free_port, errors: File::NULL, env: {}, **options)
    pid = spawn(env, *ruby_command, *RACKUP, "-s", "wserve", "-o", "127.0.0.1", "-p", port.to_s, *arguments, config,
                out: File::NULL, err: errors, **options)
    (@children ||= []) << [File.open(File::NULL), pid]
    wait_for_port(port)
    [port, pid]
  end

  # As above, with the text of the configuration.
  def rackup_text(folder, text, *arguments, **options)
    path = File.join(folder, "config.ru")
    File.write(path, text)
    rackup(path, *arguments, **options)
  end
end

puts "Rack #{Rack.release}"
