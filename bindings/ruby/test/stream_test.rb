require_relative "support"

# rack.input while the body comes, and writes that do not wait.
class StreamTest < Minitest::Test
  include Serving

  TEXT = { "content-type" => "text/plain" }.freeze
  CHUNKED = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".freeze
  READS = {
    all: ->(io) { [io.read, io.read, io.read(1)] },
    pieces: ->(io) { [io.read(4), io.read(0), io.read(100), io.read(1)] },
    buffer: ->(io) { [io.read(3, buffer = +"old"), buffer, io.read(nil, buffer), io.read(3, buffer), buffer] },
    lines: ->(io) { [io.gets, io.read(2), io.gets, io.gets, io.gets] },
    each: ->(io) { io.each.to_a }
  }.freeze

  def serve_streamed(**options, &block)
    serve_rack(block, body_streaming: true, **options)
  end

  def connect(server)
    Socket.tcp("127.0.0.1", server.port) { |socket| Timeout.timeout(PATIENCE) { yield socket } }
  end

  def chunk(bytes)
    "#{bytes.bytesize.to_s(16)}\r\n#{bytes}\r\n"
  end

  def head_of(socket)
    lines = []
    while (line = socket.gets) && line != "\r\n"
      lines << line.chomp
    end
    lines
  end

  def test_is_read_while_it_comes
    server = serve_streamed { |env| [200, TEXT, Enumerator.new { |out| env["rack.input"].each { |line| out << line.upcase } }] }
    connect(server) do |socket|
      socket.write(CHUNKED + chunk("one\ntw"))
      assert_equal "HTTP/1.1 200 OK", head_of(socket)[0]
      assert_equal "4\r\nONE\n\r\n", socket.read(9)
      socket.write(chunk("o\n"))
      assert_equal "4\r\nTWO\n\r\n", socket.read(9)
      socket.write("0\r\n\r\n")
      assert_equal "0\r\n\r\n", socket.read(5)
    end
  end

  # As StringIO does it, whatever the pieces are in which it comes.
  def test_every_form
    seen = Queue.new
    server = serve_streamed do |env|
      seen << READS[env["PATH_INFO"][1..].to_sym].call(env["rack.input"])
      [200, {}, []]
    end
    body = "one\ntwo\n\nlast"
    READS.each do |name, read|
      connect(server) do |socket|
        socket.write("PUT /#{name} HTTP/1.1\r\nHost: a\r\nContent-Length: #{body.bytesize}\r\n\r\n")
        body.each_char { |byte| socket.write(byte) }
        assert_equal read.call(StringIO.new(body.b)), seen.pop, name
      end
    end
  end

  def test_cannot_be_rewound
    server = serve_streamed do |env|
      [200, TEXT, [env["rack.input"].respond_to?(:rewind).inspect, env["CONTENT_LENGTH"].inspect, env["rack.input"].read]]
    end
    connect(server) do |socket|
      socket.write(CHUNKED)
      socket.write("#{chunk("abc")}0\r\n\r\n")
      assert_includes head_of(socket)[0], "200"
      assert_equal "falsenilabc", socket.read(11)
    end
  end

  # Rack 2's Lint wants a rewind; there is nothing that it could go back to, and it says so.
  def test_rack_2
    program = <<~RUBY
      module Rack
        RELEASE = ARGV[0]
      end
      require "wserve"
      require "wserve/rack_app"
      app = Wserve::RackApp.new(->(env) {})
      app.serve_with(Wserve::Server.new(app, body_streaming: true))
      input = app.instance_variable_get(:@input).new(nil)
      begin
        puts input.respond_to?(:rewind)
        input.rewind
      rescue NoMethodError, Wserve::StateError => error
        puts error.class
      end
    RUBY
    assert_equal "true\nWserve::StateError\n", IO.popen([*ruby_command, "-e", program, "2.2.22"], &:read)
    assert_equal "false\nNoMethodError\n", IO.popen([*ruby_command, "-e", program, "3.1.0"], &:read)
  end

  # With the GVL held in the wait nothing here would go on.
  def test_other_threads_run_while_one_waits
    server = serve_streamed(threads: 2) { |env| [200, TEXT, [env["rack.input"].read]] }
    connect(server) do |slow|
      slow.write("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n")
      assert_equal "abc", Net::HTTP.post(URI("http://#{server.address}/"), "abc", TEXT).body
      slow.write("body")
      assert_equal "HTTP/1.1 200 OK", head_of(slow)[0]
      assert_equal "body", slow.read(4)
    end
  end

  def test_expect_is_answered_by_the_first_read
    server = serve_streamed do |env|
      env["PATH_INFO"] == "/refuse" ? [403, TEXT, ["no"]] : [200, TEXT, [env["rack.input"].read]]
    end
    { "/refuse" => "HTTP/1.1 403 Forbidden", "/" => "HTTP/1.1 100 Continue" }.each do |path, line|
      connect(server) do |socket|
        socket.write("PUT #{path} HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        assert_equal line, head_of(socket)[0]
        next if path == "/refuse"

        socket.write("body")
        assert_equal "HTTP/1.1 200 OK", head_of(socket)[0]
      end
    end
  end

  # What reading raises.
  def raised_by_reading(how = :read.to_proc, **options)
    raised = Queue.new
    begun = Queue.new
    server = serve_streamed(**options) do |env|
      begun << true
      how.call(env["rack.input"])
    rescue Wserve::Error => error
      raised << error
      [200, TEXT, []]
    end
    connect(server) do |socket|
      socket.write("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf")
      begun.pop
      yield socket
    end
    Timeout.timeout(PATIENCE) { raised.pop }
  end

  def test_client_that_leaves
    assert_instance_of Wserve::DisconnectedError, raised_by_reading(&:close)
  end

  def test_client_that_is_too_slow
    error = raised_by_reading(body_timeout: 1) { |socket| assert_match(/ 408 /, head_of(socket)[0]) }
    assert_instance_of Wserve::DisconnectedError, error
    assert_includes error.message, "too long"
  end

  def test_inline_never_waits
    [:read.to_proc, ->(input) { input.read(9) }, :gets.to_proc, ->(input) { input.each(&:itself) }].each do |how|
      error = raised_by_reading(how, threads: 0) { |socket| head_of(socket) }
      assert_instance_of Wserve::StateError, error
      assert_includes error.message, "threads=0"
    end
  end

  # A thread that waits for a body ends when it is told to.
  def test_thread_that_is_ended
    read = Queue.new
    server = serve_streamed do |env|
      reader = Thread.new { env["rack.input"].read }
      reader.report_on_exception = false
      Thread.pass until reader.status == "sleep"
      reader.kill
      read << reader.join(PATIENCE)
      [200, TEXT, []]
    end
    connect(server) do |socket|
      socket.write("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf")
      refute_nil read.pop
    end
  end

  def test_trailers
    [true, false].each do |streams|
      server = serve(body_streaming: streams) do |request|
        request.read
        request.reply(200, "text/plain", request.trailers.inspect)
      end
      connect(server) do |socket|
        socket.write(CHUNKED + chunk("abc"))
        socket.write("0\r\nX-Sum: 7\r\n\r\n")
        assert_includes head_of(socket)[0], "200"
        assert_equal '[["X-Sum", "7"]]', socket.read(16)
      end
    end
  end

  def test_trailers_before_the_end
    server = serve(body_streaming: true) do |request|
      request.trailers
    rescue Wserve::StateError => error
      request.reply(200, "text/plain", error.class.name)
    end
    connect(server) do |socket|
      socket.write(CHUNKED)
      head_of(socket)
      assert_equal "Wserve::StateError", socket.read(18)
    end
  end

  def test_try_write_takes_nothing_above_the_mark
    pending = nil
    server = serve do |request|
      request.set_mark(100_000)
      request.respond(200, TEXT)
      nil while request.try_write("x" * 16_384)
      pending = request.pending
      news = IO.for_fd(request.event_fd, autoclose: false)
      IO.select([news]) until request.try_write("end")
      request.finish
    end
    body = get(server).body
    assert_operator pending, :>, 100_000
    assert_equal [3, "xend"], [body.bytesize % 16_384, body[-4..]]
  end
end
