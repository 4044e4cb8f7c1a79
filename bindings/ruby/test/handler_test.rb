require_relative "support"
require "rack"
require "rack/handler"
require "wserve/rack_handler"

class HandlerTest < Minitest::Test
  include Serving

  SINATRA = <<~RUBY.freeze
    require "sinatra/base"
    class App < Sinatra::Base
      set :environment, :production
      set :host_authorization, permitted_hosts: []
      get("/") { url("/next") }
      get("/hello/:name") { "Hello, \#{params["name"]}!" }
      post("/form") { params["a"] }
      post("/upload") { params["file"][:tempfile].read.bytesize.to_s }
      get("/stream") { stream { |out| 3.times { |i| out << "line \#{i}\\n" } } }
      get("/file") { send_file(#{__FILE__.dump}) }
      get("/go") { redirect to("/hello/you") }
      get("/fail") { raise "as asked" }
    end
  RUBY

  def rackup(folder, config, *arguments)
    path = File.join(folder, "config.ru")
    File.write(path, config)
    port = free_port
    pid = spawn(*ruby_command, "-S", "rackup", "-s", "wserve", "-o", "127.0.0.1", "-p", port.to_s, *arguments, path,
                err: File::NULL)
    (@children ||= []) << [File.open(File::NULL), pid]
    wait_for_port(port)
    [port, pid]
  end

  def test_the_handler_is_found
    assert_same Wserve::RackHandler, Rack::Handler.get("wserve")
    assert_includes Rack::Handler.get("wserve").valid_options.keys, "trusted_proxy=LIST"
  end

  def test_run_yields_the_server_and_shutdown_stops_it
    running = Queue.new
    thread = Thread.new do
      Rack::Handler.get("wserve").run(->(_) { [200, {}, ["ok"]] }, Host: "127.0.0.1", Port: 0, threads: "2") do |server|
        running << server
      end
    end
    server = running.pop
    sleep 0.001 until server.port.positive?
    assert_equal ["ok", "2"], [get(server).body, server.get(:threads)]
    Wserve::RackHandler.shutdown
    assert thread.join(PATIENCE)
  end

  def test_an_unknown_option_raises
    assert_raises(Wserve::UnknownError) { Wserve::RackHandler.run(->(_) {}, Host: "127.0.0.1", thread: 5) }
  end

  # In development rackup puts Rack::Lint around the application.
  def test_rackup_and_signals
    Dir.mktmpdir do |folder|
      %w[INT TERM].each do |signal|
        port, pid = rackup(folder, 'run ->(env) { [200, { "Content-Type" => "text/plain" }, [env["SCRIPT_NAME"]]] }',
                           "-E", "development", "-O", "url_prefix=/shop")
        assert_equal "/shop", get_from(port, "/shop/x").body
        assert stop_ruby(pid, signal).success?
      end
    end
  end

  def test_rackup_in_the_background
    Dir.mktmpdir do |folder|
      pid_file = File.join(folder, "pid")
      port, = rackup(folder, 'run ->(_) { [200, {}, [Process.pid.to_s]] }', "-D", "-P", pid_file)
      pid = get_from(port).body.to_i
      assert_equal File.read(pid_file).to_i, pid
      Process.kill("TERM", pid)
      Timeout.timeout(PATIENCE) { sleep 0.02 while File.exist?(pid_file) }
    end
  end

  def test_sinatra
    Dir.mktmpdir do |folder|
      port, = rackup(folder, "#{SINATRA}\nuse Rack::Lint\nrun App", "-E", "deployment", "-O", "url_prefix=/shop")
      assert_equal "http://127.0.0.1:#{port}/shop/next", get_from(port, "/shop/").body
      assert_equal "Hello, you!", get_from(port, "/shop/hello/you").body
      assert_equal "http://127.0.0.1:#{port}/shop/hello/you", get_from(port, "/shop/go")["location"]
      assert_equal "line 0\nline 1\nline 2\n", get_from(port, "/shop/stream").body
      assert_equal File.binread(__FILE__), get_from(port, "/shop/file").body
      assert_equal "500", get_from(port, "/shop/fail").code
      assert_equal "b", Net::HTTP.post_form(URI("http://127.0.0.1:#{port}/shop/form"), "a" => "b").body
      upload = Net::HTTP::Post.new("/shop/upload")
      upload.set_form([["file", StringIO.new("x" * 1_000_000), { filename: "x" }]], "multipart/form-data")
      assert_equal "1000000", Net::HTTP.start("127.0.0.1", port) { |http| http.request(upload) }.body
    end
  end
end
