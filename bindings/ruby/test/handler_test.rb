require_relative "rack_support"
require "wserve/rack_handler"

class HandlerTest < Minitest::Test
  include Rackups

  def test_the_handler_is_found
    assert_same Wserve::RackHandler, HANDLERS.get("wserve")
    assert_includes HANDLERS.get("wserve").valid_options.keys, "trusted_proxy=LIST"
  end

  # A stand-in: Debian has no rackup 2, and its file of ours shall be loaded with Debian's Rack, too.
  RACKUP_2 = <<~RUBY.freeze
    module Rackup
      module Handler
        def self.register(name, handler) = (@all ||= {})[name] = handler
        def self.get(name) = require("rackup/handler/\#{name}") && @all.fetch(name.to_sym)
      end
    end
  RUBY

  def test_the_handler_is_found_by_rackup_2
    Dir.mktmpdir do |folder|
      FileUtils.mkdir_p(File.join(folder, "rackup"))
      File.write(File.join(folder, "rackup/handler.rb"), RACKUP_2)
      output, = Open3.capture2e(*ruby_command, "-I#{folder}", "-e",
                                'require "rackup/handler"; p Rackup::Handler.get("wserve")')
      assert_equal "Wserve::RackHandler\n", output
    end
  end

  def test_run_yields_the_server_and_shutdown_stops_it
    running = Queue.new
    thread = Thread.new do
      HANDLERS.get("wserve").run(->(_) { [200, {}, ["ok"]] }, Host: "127.0.0.1", Port: 0, threads: "2", quiet: true) do |server|
        running << server
      end
    end
    server = running.pop
    sleep 0.001 until server.port.positive?
    assert_equal ["ok", "2"], [get(server).body, server.get(:threads)]
    Wserve::RackHandler.shutdown
    assert thread.join(PATIENCE)
  end

  # And nothing else, and not where rackup is to be quiet.
  def test_rackup_says_where_it_serves
    Dir.mktmpdir do |folder|
      path = File.join(folder, "config.ru")
      File.write(path, "run ->(_) { [200, {}, [\"ok\"]] }")
      arguments = [*RACKUP, "-s", "wserve", "-o", "127.0.0.1", "-E", "deployment", path]
      port, pid, output = start_ruby(*arguments, "-p", "0", said: %r{\AServing on http://127\.0\.0\.1:(\d+)$})
      assert_equal "ok", get_from(port).body
      assert stop_process(pid).success?
      refute_match(/Serving/, output.read)
      socket = File.join(folder, "socket")
      _, pid, = start_ruby(*arguments, "-O", "listen=unix:#{socket}", said: /\AServing on unix:#{socket}$/)
      stop_process(pid)
      assert_empty start_quietly(folder, *arguments)
    end
  end

  def start_quietly(folder, *arguments)
    said = File.join(folder, "said")
    pid = spawn(*ruby_command, *arguments, "-q", "-p", (port = free_port).to_s, %i[out err] => said)
    wait_for_port(port)
    stop_process(pid)
    File.read(said)
  end

  def test_an_unknown_option_raises
    assert_raises(Wserve::UnknownError) { Wserve::RackHandler.run(->(_) {}, Host: "127.0.0.1", thread: 5) }
  end

  # In development rackup puts Rack::Lint around the application.
  def test_rackup_and_signals
    Dir.mktmpdir do |folder|
      %w[INT TERM].each do |signal|
        port, pid = rackup_text(folder, 'run ->(env) { [200, { "content-type" => "text/plain" }, [env["SCRIPT_NAME"]]] }',
                           "-E", "development", "-O", "url_prefix=/shop")
        assert_equal "/shop", get_from(port, "/shop/x").body
        assert stop_process(pid, signal).success?
      end
    end
  end

  # None of them is an option of the server.
  def test_flags_of_rackup_are_not_refused
    Dir.mktmpdir do |folder|
      port, pid = rackup_text(folder, 'run ->(_) { [200, {}, [Digest::MD5.hexdigest("")]] }', "-q", "-w",
                              "-E", "none", "-r", "digest", "-I", folder, "-P", File.join(folder, "pid"))
      assert_equal "d41d8cd98f00b204e9800998ecf8427e", get_from(port).body
      assert stop_process(pid).success?
      port, = rackup('run ->(_) { [200, {}, ["line"]] }', "-b")
      assert_equal "line", get_from(port).body
    end
  end

  def test_rackup_in_the_background
    Dir.mktmpdir do |folder|
      pid_file = File.join(folder, "pid")
      port, = rackup_text(folder, 'run ->(_) { [200, {}, [Process.pid.to_s]] }', "-D", "-P", pid_file)
      pid = get_from(port).body.to_i
      assert_equal File.read(pid_file).to_i, pid
      Process.kill("TERM", pid)
      Timeout.timeout(PATIENCE) { sleep 0.02 while File.exist?(pid_file) }
    end
  end
end
