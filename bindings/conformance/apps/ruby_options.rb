# What the two echo apps of Ruby have in common.

# The lines of /request, from an environ in the library's or in Rack's words.
def seen(env)
  # Rack has the path as the client wrote it.
  env = env.merge("PATH_INFO" => env["PATH_INFO"].gsub(/%(\h\h)/n) { $1.hex.chr }) if env["rack.url_scheme"]
  env.delete("HTTP_VERSION") # that of Rack is no field
  scheme = env["ws.url_scheme"] || env["rack.url_scheme"]
  query = env["QUERY_STRING"]
  url = "#{scheme}://#{env["HTTP_HOST"]}#{env["SCRIPT_NAME"]}#{env["PATH_INFO"]}#{"?#{query}" unless query.empty?}"
  lines = [["method", env["REQUEST_METHOD"]], ["url", url], ["scheme", scheme]]
  %w[SCRIPT_NAME PATH_INFO QUERY_STRING].each { |key| lines << [key.downcase, env[key]] }
  lines << ["protocol", env["SERVER_PROTOCOL"]]
  %w[REMOTE_ADDR CONTENT_TYPE CONTENT_LENGTH].each { |key| lines << [key.downcase, env[key]] }
  fields = env.select { |key, _| key.start_with?("HTTP_") }
  lines += fields.map { |key, value| ["field.#{key.delete_prefix("HTTP_").downcase.tr("_", "-")}", value] }.sort
  lines.map { |name, value| "#{name}=".b << value.to_s << "\n" }.join
end

def pattern(size)
  ((0..250).to_a.pack("C*") * (size / 251 + 1)).byteslice(0, size)
end

# A collection of young objects at every allocation, for each request or one in +every+; and one of all objects for one
# in fifty: for each of them it would take minutes.
def under_stress(app, every)
  count = 0
  lambda do |request|
    count += 1
    GC.stress = (count % 50).zero? || ((count % every).zero? && 1)
    app.call(request)
  end
end

# Parses --NAME=VALUE, serves, and says where. Under stress one request in +stress_every+ is.
def serve_echo(app, stress_every: 1)
  options = ARGV.to_h do |argument|
    argument[/\A--([^=]+)=(.*)\z/m] or abort "#{argument}: not of the form --NAME=VALUE"
    [$1, $2]
  end
  app = under_stress(app, stress_every) if ENV["WSERVE_GC_STRESS"]
  server = Wserve::Server.new(app, **options.transform_keys(&:to_sym))
  server.stop_on("INT", "TERM")
  server.listen
  puts "Serving on #{server.address}"
  $stdout.flush
  server.start
  server.join
rescue Wserve::Error => error
  abort error.message
end
