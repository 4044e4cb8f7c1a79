require "fileutils"
require "minitest/autorun"
require "net/http"
require "open3"
require "socket"
require "tempfile"
require "tmpdir"
require "timeout"
require "wserve"
require "wserve/rack_app"

PATIENCE = 60 # seconds; no test measures time

# Starting servers in this process or another, and asking them.
module Serving
  def teardown
    Array(@proxies).each do |folder, pid|
      stop_process(pid, "QUIT")
      FileUtils.remove_entry(folder)
    end
    Array(@servers).each { |server| server.stop.join }
    Array(@children).each do |output, pid|
      Process.kill("KILL", pid)
      Process.wait(pid)
      output.close
    rescue Errno::ESRCH, Errno::ECHILD
      output.close
    end
  end

  # A server on a free port.
  def serve(app = nil, **options, &block)
    server = Wserve::Server.new(app, listen: "127.0.0.1:0", **options, &block).listen
    (@servers ||= []) << server
    server.start
  end

  def serve_rack(app = nil, **options, &block)
    serve(Wserve::RackApp.new(app || block), **options)
  end

  def get(server, path = "/", fields = {})
    Timeout.timeout(PATIENCE) { Net::HTTP.start("127.0.0.1", server.port) { |http| http.get(path, fields) } }
  end

  # What comes back for these bytes, until the server closes.
  def raw(server, bytes)
    Socket.tcp("127.0.0.1", server.port) do |socket|
      socket.write(bytes)
      Timeout.timeout(PATIENCE) { socket.read }
    end
  end

  # Runs a program with this Ruby and its load path until it says where it serves; returns [port, pid].
  def start_ruby(*arguments, said: %r{127\.0\.0\.1:(\d+)}, **options)
    output, input = IO.pipe
    pid = spawn(*ruby_command, *arguments, out: input, err: input, **options)
    input.close
    (@children ||= []) << [output, pid]
    seen = +""
    Timeout.timeout(PATIENCE) do
      until seen =~ said
        seen << (output.gets || flunk("it ended: #{seen}"))
      end
    end
    [$1&.to_i, pid, output]
  end

  def ruby_command
    [RbConfig.ruby, *$LOAD_PATH.grep(%r{bindings/ruby}).map { |folder| "-I#{folder}" }]
  end

  # Ends a child; its exit status.
  def stop_process(pid, signal = "TERM")
    Process.kill(signal, pid)
    Timeout.timeout(PATIENCE) { Process.wait2(pid)[1] }
  end

  # A real nginx with that configuration, which listens on the port, in a folder of its own.
  def start_nginx(config, port)
    folder = Dir.mktmpdir
    path = File.join(folder, "nginx.conf")
    File.write(path, config)
    # Not with the sanitizer that was preloaded for Ruby.
    pid = spawn({ "LD_PRELOAD" => nil }, "/usr/sbin/nginx", "-p", folder, "-c", path, "-g", "daemon off;",
                err: File::NULL)
    (@proxies ||= []) << [folder, pid]
    wait_for_port(port)
  end

  def free_port
    TCPServer.open("127.0.0.1", 0) { |server| server.addr[1] }
  end

  def get_from(port, path = "/", fields = {})
    Timeout.timeout(PATIENCE) { Net::HTTP.start("127.0.0.1", port) { |http| http.get(path, fields) } }
  end

  def wait_for_port(port)
    Timeout.timeout(PATIENCE) do
      Socket.tcp("127.0.0.1", port) do |socket|
        # A free port may be given to the client itself, which then talks to itself.
        raise Errno::ECONNREFUSED if socket.local_address.ip_port == port
      end
    rescue Errno::ECONNREFUSED
      sleep 0.05
      retry
    end
  end
end
