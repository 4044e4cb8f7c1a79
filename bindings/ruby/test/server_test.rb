require_relative "support"
require "logger"

class ServerTest < Minitest::Test
  include Serving

  def test_options_are_those_of_the_library
    names = Wserve.options.map(&:name)
    assert_includes names, "trusted_proxy"
    threads = Wserve.options.find { |option| option.name == "threads" }
    assert_equal ["int", "threads", "4", "0..1024 or auto"], [threads.type, threads.unit, threads.default, threads.range]
    refute_empty threads.help
  end

  def test_every_number_is_described_and_known
    server = Wserve::Server.new(metrics_listen: "127.0.0.1:0") {}
    Wserve.stats.each do |stat|
      assert_operator server.stat(stat.name), :>=, 0, stat.name
      refute_empty stat.help
    end
    assert_includes Wserve.stats.map(&:name), "waiting"
  end

  def test_options_are_ruby_values
    server = Wserve::Server.new(threads: 3, trusted_proxy: %w[10.0.0.0/8 unix:], expose_tracebacks: true) {}
    assert_equal ["3", "10.0.0.0/8 unix:", "true"],
                 %w[threads trusted_proxy expose_tracebacks].map { |name| server.get(name) }
    assert_equal "4", server.set(:threads, nil).get(:threads)
    assert_nil server.get("no_such_option")
  end

  def test_a_wrong_option_raises_with_the_message_of_the_library
    error = assert_raises(ArgumentError) { Wserve::Server.new(threads: -3) {} }
    assert_equal 'threads must be 0..1024 or auto, got "-3"', error.message
    assert_kind_of Wserve::Error, error
    assert_match(/thread/, assert_raises(Wserve::UnknownError) { Wserve::Server.new(thread: 3) {} }.message)
    assert_raises(Wserve::ConflictError) { Wserve::Server.new(listen: "127.0.0.1:0", port: 1) {}.check }
  end

  def test_a_value_of_another_type_raises_with_what_is_allowed
    { { threads: [1] } => "threads must be 0..1024 or auto, got [1]",
      { "url-scheme": {} } => "url-scheme must be http|https, got {}",
      { url_prefix: Object.new } => /\Aurl_prefix must be a text, got #<Object/,
      { ipv6: Object } => "ipv6 must be true or false, got Object",
      { trusted_proxy: ["::1", ["::2"]] } => 'trusted_proxy must be a text, or an Array of them, got ["::1", ["::2"]]' }
      .each do |options, message|
        assert_operator message, :===, assert_raises(ArgumentError) { Wserve::Server.new(**options) {} }.message
      end
  end

  def test_texts_with_nul_are_refused
    assert_raises(ArgumentError) { Wserve::Server.new(listen: "127.0.0.1:0\0") {} }
  end

  def test_an_address_in_use_raises
    server = serve { |request| request.reply(200, nil, "") }
    error = assert_raises(Wserve::Error) { Wserve::Server.new(listen: server.address) {}.listen }
    assert_match(/#{server.address}/, error.message)
  end

  def test_a_server_needs_an_application
    assert_raises(ArgumentError) { Wserve::Server.new(listen: "127.0.0.1:0").start }
  end

  def test_many_threads_answer_at_once
    gate = Queue.new
    server = serve(threads: 3) do |request|
      gate << true
      sleep 0.001 until gate.size == 3
      request.reply(200, nil, "together")
    end
    assert_equal %w[together] * 3, Array.new(3) { Thread.new { get(server).body } }.map(&:value)
  end

  def test_threads_0_turns_the_loop_on_the_ruby_thread
    seen = []
    server = serve(threads: 0) do |request|
      seen << Thread.current
      request.reply(200, nil, "inline")
    end
    3.times { assert_equal "inline", get(server).body }
    assert_equal 1, seen.uniq.size
  end

  def test_other_threads_run_while_a_server_waits_and_works
    ticks = 0
    ticker = Thread.new { loop { ticks += 1; sleep 0.001 } }
    server = serve { |request| request.reply(200, nil, "") }
    before = ticks
    200.times { get(server) }
    sleep 0.001 until ticks > before
    ticker.kill.join
  end

  # A client that reads nothing, and the thread that waits for it; written_at says how far that is.
  def slow_client(server, entered)
    client = TCPSocket.new("127.0.0.1", server.port)
    client.write("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
    writer = entered.pop
    # It waits in the library once it gets no further: in Ruby it never sleeps.
    Timeout.timeout(PATIENCE) { sleep 0.01 until writer.status == "sleep" && waits?(writer) }
    [client, writer]
  end

  def waits?(writer)
    before = writer[:written]
    100.times { Thread.pass }
    sleep 0.1
    writer[:written] == before && writer.backtrace.any?(/in `write'/)
  end

  def serve_streams(entered, **options)
    serve(outbuf_high_watermark: 10_000, write_timeout: 3600, write_min_rate: 0, **options) do |request|
      next request.reply(200, nil, "small") unless request["PATH_INFO"] == "/slow"

      Thread.current[:written] = 0
      entered << Thread.current
      request.respond(200) do |out|
        200.times { Thread.current[:written] += out.write("x" * 100_000) }
      end
    end
  end

  # No more than one of threads=N waits for one client; and the answer arrives as a whole.
  def test_a_slow_client_holds_only_its_own_thread
    entered = Queue.new
    server = serve_streams(entered, threads: 2)
    client, writer = slow_client(server, entered)
    ticks = 0
    ticker = Thread.new { loop { ticks += 1; sleep 0.001 } }
    5.times { assert_equal "small", get(server).body }
    Timeout.timeout(PATIENCE) { sleep 0.001 until ticks > 5 }
    assert_operator writer[:written], :<, 20_000_000
    client.write("GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    rest = 0
    Timeout.timeout(PATIENCE) { rest += client.readpartial(1 << 20).bytesize until client.eof? }
    assert_operator rest, :>, 20_000_000
    ticker.kill.join
  end

  # A whole answer does not wait at all: the library keeps what the client does not take yet.
  def test_a_reply_does_not_wait_for_its_client
    server = serve(threads: 1, outbuf_high_watermark: 10_000) do |request|
      request.reply(200, nil, request["PATH_INFO"] == "/large" ? "x" * 16_000_000 : "small")
    end
    slow = TCPSocket.new("127.0.0.1", server.port)
    slow.write("GET /large HTTP/1.0\r\n\r\n")
    assert_equal "HTTP/1.1 200 OK".size, slow.read(15).size
    5.times { assert_equal "small", get(server).body }
    slow.close
  end

  def test_stopping_ends_a_thread_that_waits_for_a_slow_client
    entered = Queue.new
    server = serve_streams(entered, threads: 1, stop_timeout: 1)
    client, = slow_client(server, entered)
    assert Timeout.timeout(PATIENCE) { server.stop.join }
    client.close
    server = serve_streams(entered, threads: 1, stop_timeout: 3600)
    client, = slow_client(server, entered)
    assert Timeout.timeout(PATIENCE) { server.drain(0).join }
    client.close
  end

  WAITING = <<~RUBY.freeze
    s = Wserve::Server.new(listen: "127.0.0.1:0", outbuf_high_watermark: 10_000, write_timeout: 3600, write_min_rate: 0,
                           stop_timeout: 3600) do |request|
      request.respond(200) { |out| loop { puts "writes"; $stdout.flush; out.write("x" * 16_000_000) } }
    end.listen
    puts s.address
    $stdout.flush
  RUBY

  # Its client reads nothing of an endless answer.
  def start_waiting(rest)
    port, pid, output = start_ruby("-rwserve", "-e", WAITING + rest)
    client = TCPSocket.new("127.0.0.1", port)
    client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert_equal "writes\n", output.gets
    [pid, client, output]
  end

  def test_a_process_ends_while_a_thread_waits_for_a_slow_client
    pid, client = start_waiting("s.start; sleep")
    Process.kill("TERM", pid)
    assert Timeout.timeout(PATIENCE) { Process.wait2(pid)[1] }.signaled?
    client.close
  end

  # Also where the second comes before the wait has begun.
  def test_a_second_ctrl_c_ends_a_process_that_waits_for_a_slow_client
    ["", "; sleep"].each do |more|
      pid, client, output = start_waiting("def s.stop = super.tap { puts 'stopping'; $stdout.flush#{more} }; s.run")
      Process.kill("INT", pid)
      assert_equal "stopping\n", Timeout.timeout(PATIENCE) { output.gets }
      refute stop_process(pid, "INT").success?
      client.close
    end
  end

  def test_an_answer_may_come_later_from_another_thread
    server = serve do |request|
      request.defer
      Thread.new do
        request.reply(200, "text/plain", "later")
        request.release
      end
    end
    assert_equal "later", get(server).body
  end

  def test_a_reply_may_have_fields
    server = serve do |request|
      bad = request["PATH_INFO"] == "/bad"
      request.reply(200, { "Content-Type" => "text/x", "X-List" => bad ? "a\r\nb" : %w[a b], "X-Number" => 5 }, "body")
    rescue Wserve::InvalidError
      request.reply(400, nil, "refused")
    end
    response = get(server)
    assert_equal ["body", "text/x", %w[a b], "5", "4"],
                 [response.body, response["content-type"], response.get_fields("x-list"), response["x-number"],
                  response["content-length"]]
    assert_equal "refused", get(server, "/bad").body
  end

  def test_a_released_request_raises
    kept = nil
    server = serve { |request| (kept = request).reply(200, nil, "x") }
    get(server)
    Timeout.timeout(PATIENCE) { sleep 0.001 until kept.released? }
    assert_raises(Wserve::StateError) { kept.get("PATH_INFO") }
    assert_raises(Wserve::StateError) { kept.write("x") }
    assert_nil kept.release
  end

  def test_wrong_objects_raise
    assert_raises(TypeError) { Wserve::Native::Worker.new("server") }
    assert_raises(TypeError) { Wserve::Request.new }
  end

  def test_native_methods_hide_none_of_objects
    [Wserve::Native::Server, Wserve::Native::Worker, Wserve::Request].each do |type|
      hidden = type.instance_methods(false) & (Object.instance_methods + Object.private_instance_methods)
      assert_empty hidden - %i[initialize], type
    end
  end

  def test_raising_is_logged_and_shown_only_when_asked
    log = StringIO.new
    app = ->(_) { raise KeyError, "the reason" }
    server = serve(app, logger: Logger.new(log), expose_tracebacks: true)
    response = get(server)
    assert_equal "500", response.code
    assert_match(/the reason/, response.body)
    refute_match(/the reason/, get(serve(app, log_level: "none")).body)
    server.stop.join
    assert_match(/ERROR -- wserve: .*the reason/, log.string)
  end

  def test_log_lines_go_to_the_logger_with_their_severity
    log = StringIO.new
    server = serve(logger: Logger.new(log), log_level: "info", send_bytes: 2) { |request| request.reply(200, nil, "") }
    get(server)
    server.stop.join
    assert_match(/WARN -- wserve: send_bytes/, log.string)
    refute_match(/wserve: warning/, log.string)
  end

  def test_the_access_log_goes_to_a_logger
    lines = StringIO.new
    server = serve(access_logger: lines, access_log_format: "%m %U %>s") { |request| request.reply(201, nil, "") }
    get(server, "/page")
    server.stop.join
    assert_equal "GET /page 201\n", lines.string
  end

  def test_an_access_logger_that_fails_is_said
    log = StringIO.new
    failing = Object.new
    failing.define_singleton_method(:<<) { |_| raise IOError, "disk full" }
    server = serve(logger: Logger.new(log), access_logger: failing) { |request| request.reply(200, nil, "") }
    get(server)
    server.stop.join
    assert_match(/ERROR -- wserve: the access logger failed: IOError: disk full/, log.string)
  end

  def held_back(queue)
    queue.pop
  end

  # The stack of the thread that has the request, in Ruby's own words.
  def test_a_slow_request_is_told_with_its_stack
    reader, writer = IO.pipe
    held = Queue.new
    server = serve(logger: Logger.new(writer), slow_request: 0.1) do |request|
      held_back(held)
      request.reply(200, nil, "")
    end
    client = Thread.new { get(server, "/slow") }
    seen = +""
    Timeout.timeout(PATIENCE) { seen << reader.gets until seen.include?("in `held_back'") }
    assert_match(%r{WARN -- wserve: GET /slow has been running for .*; its stack:$}, seen)
    held << true
    assert_equal "200", client.value.code
  ensure
    held << true
  end

  def test_filters_of_the_library
    server = Wserve::Server.new(listen: "127.0.0.1:0") do |request|
      request.reply(200, nil, %w[ws.url_scheme SCRIPT_NAME].map { |key| request[key] }.join(" "))
    end
    (@servers ||= []) << server.use("prefix", prefix: '/a "b\\', scheme: "https").listen
    server.start
    assert_equal 'https /a "b\\', get(server).body
    assert_raises(Wserve::UnknownError) { Wserve::Server.new {}.use("no such filter") }
  end

  def test_ini_files_give_options_and_filters
    Dir.mktmpdir do |folder|
      path = File.join(folder, "deploy.ini")
      File.write(path, <<~INI)
        [server:main]
        use = egg:wserve
        threads = 7
        [app:main]
        use = egg:wserve#hello
        filter-with = front
        [filter:front]
        use = egg:wserve#prefix
        prefix = /shop
      INI
      server = serve(ini: path) { |request| request.reply(200, nil, request["SCRIPT_NAME"]) }
      assert_equal "7", server.get(:threads)
      assert_equal "/shop", get(server).body
    end
    assert_raises(Wserve::Error) { Wserve::Server.new(ini: "/nowhere.ini") {} }
  end

  def test_applications_of_the_library
    server = Wserve::Server.new(listen: "127.0.0.1:0").load_app("hello").listen
    (@servers ||= []) << server.start
    assert_match(/Hello/, get(server).body)
    assert_raises(ArgumentError) { Wserve::Server.new {}.load_app("hello") }
  end

  def test_explain_proxy
    server = Wserve::Server.new(trusted_proxy: "10.0.0.1", trusted_proxy_headers: "x-forwarded-for") {}
    text = server.explain_proxy("10.0.0.1", "X-Forwarded-For" => "192.0.2.7")
    assert_match(/192\.0\.2\.7/, text)
    assert_equal Encoding::UTF_8, text.encoding
    refute_includes text, "\0"
    assert_raises(Wserve::InvalidError) { server.explain_proxy("nobody", {}) }
  end

  def test_two_servers_in_one_process
    one = serve { |request| request.reply(200, nil, "one") }
    two = serve { |request| request.reply(200, nil, "two") }
    assert_equal %w[one two], [get(one).body, get(two).body]
    assert_equal 1, two.stat(:requests)
  end

  def test_exit_in_an_application_ends_the_process
    program = "s = Wserve::Server.new(listen: '127.0.0.1:0') { |_| exit 3 }.listen
      Thread.new { TCPSocket.new('127.0.0.1', s.port).write(%(GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n)) }; s.run"
    output, status = Timeout.timeout(PATIENCE) { Open3.capture2e(*ruby_command, "-rwserve", "-rsocket", "-e", program) }
    assert_equal 3, status.exitstatus, output
  end

  # Whatever the order of destruction: no crash, no hang.
  {
    "server without start" => "Wserve::Server.new(listen: '127.0.0.1:0') {}.listen",
    "running, not stopped" => "S = Wserve::Server.new(listen: '127.0.0.1:0') {}.start",
    "running and forgotten" => "Wserve::Server.new(listen: '127.0.0.1:0') {}.start; GC.start",
    "loop on a Ruby thread" => "Wserve::Server.new(listen: '127.0.0.1:0', threads: 0) {}.start",
    "worker outlives server" => "W = Wserve::Native::Worker.new(Wserve::Native::Server.new); GC.start; p W.next(0)",
    "stopped and joined" => "Wserve::Server.new(listen: '127.0.0.1:0') {}.start.stop.join",
    "stopped before it starts" => "Wserve::Server.new(listen: '127.0.0.1:0') {}.stop",
    "loaded application" => "S = Wserve::Server.new(listen: '127.0.0.1:0').load_app('hello').start; Thread.new { S.join }",
    "request outlives server" => <<~RUBY,
      kept = []
      server = Wserve::Server.new(listen: "127.0.0.1:0") { |request| kept << request.defer }.start
      socket = TCPSocket.new("127.0.0.1", server.port)
      socket.write("GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
      sleep 0.01 while kept.empty?
      server = nil
      GC.start
    RUBY
    "while a request is answered" => <<~RUBY
      entered = Queue.new
      server = Wserve::Server.new(listen: "127.0.0.1:0") { |request| entered << 1; sleep }.start
      socket = TCPSocket.new("127.0.0.1", server.port)
      socket.write("GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
      entered.pop
    RUBY
  }.each do |name, program|
    define_method("test_exit_#{name.tr(" ,", "_")}") do
      output, status = Timeout.timeout(PATIENCE) do
        Open3.capture2e(*ruby_command, "-rwserve", "-rsocket", "-e", "#{program}\nputs 'at the end'")
      end
      assert status.success?, "#{status}: #{output}"
      assert_match(/at the end/, output)
    end
  end

  # As under a test framework: behind what the library does at the end of a process.
  def test_exit_started_while_the_process_ends
    program = "at_exit { Wserve::Server.new(listen: '127.0.0.1:0') {}.start; puts 'started' }; require 'wserve'"
    output, input = IO.pipe
    pid = spawn(*ruby_command, "-e", program, %i[out err] => input)
    input.close
    (@children ||= []) << [output, pid]
    assert Timeout.timeout(PATIENCE) { Process.wait2(pid)[1] }.success?
    assert_equal "started\n", output.read
  end

  def test_ctrl_c_without_a_handler_stops_and_raises
    program = "s = Wserve::Server.new(listen: '127.0.0.1:0') { |r| r.reply(200, nil, 'x') }.listen
      puts s.address; $stdout.flush; begin; s.run; rescue Interrupt; puts 'interrupted'; end"
    port, pid, output = start_ruby("-rwserve", "-e", program)
    assert_equal "x", get_from(port).body
    assert stop_process(pid, "INT").success?
    assert_match(/interrupted/, output.read)
  end

  def test_a_second_signal_cuts_what_is_left
    program = "s = Wserve::Server.new(listen: '127.0.0.1:0') { |r| puts 'entered'; $stdout.flush; sleep 2 }.listen
      s.stop_on('TERM', 'INT'); puts s.address; $stdout.flush; s.run"
    port, pid, output = start_ruby("-rwserve", "-e", program)
    socket = TCPSocket.new("127.0.0.1", port)
    socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    output.gets
    Process.kill("TERM", pid)
    Process.kill("INT", pid)
    assert_equal "", Timeout.timeout(PATIENCE) { socket.read }
    assert stop_process(pid).success?
  rescue Errno::ECONNRESET
    assert stop_process(pid).success?
  end
end
