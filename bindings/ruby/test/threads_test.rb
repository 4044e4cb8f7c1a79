require_relative "rack_support"
require "logger"

# What other threads, signals and applications do to the threads that answer.
class ThreadsTest < Minitest::Test
  include Rackups

  HIT = {
    "raise" => [->(thread) { thread.raise(KeyError, "too late") }, /wserve \d: raised between two requests: KeyError: too late/],
    "none of StandardError" => [->(thread) { thread.raise(NoMemoryError) }, /raised between two requests: NoMemoryError/],
    "kill" => [->(thread) { thread.kill }, /wserve \d: something has ended this thread, another takes its place/]
  }.freeze

  def all_at_once(server, count)
    Array.new(count) { Thread.new { get(server).code } }.map(&:value)
  end

  # Answers when all threads have a request, so each has one.
  def serve_together(count, **options)
    seen = Queue.new
    gate = Queue.new
    server = serve(threads: count, **options) do |request|
      seen << Thread.current
      gate.pop
      request.reply(200, nil, "together")
    end
    [server, seen, gate]
  end

  def ask_together((server, seen, gate), count)
    asked = Array.new(count) { Thread.new { get(server).code } }
    threads = Array.new(count) { Timeout.timeout(PATIENCE) { seen.pop } }
    count.times { gate << true }
    assert_equal ["200"] * count, asked.map(&:value)
    threads.uniq
  end

  HIT.each do |name, (hit, line)|
    define_method("test_threads_hit_between_requests_by_#{name.tr(" ", "_")}") do
      log = StringIO.new
      together = serve_together(3, logger: Logger.new(log))
      threads = ask_together(together, 3)
      assert_equal 3, threads.size
      Timeout.timeout(PATIENCE) { sleep 0.001 until threads.all? { |thread| thread.status == "sleep" } }
      threads.each(&hit)
      assert_equal 3, ask_together(together, 3).size
      together[0].stop.join
      assert_equal 3, log.string.scan(line).size, log.string
    end
  end

  def test_a_thread_that_is_killed_while_it_answers_is_followed_by_another
    log = StringIO.new
    entered = Queue.new
    server = serve(threads: 1, logger: Logger.new(log)) do |request|
      entered << Thread.current
      request["PATH_INFO"] == "/hang" ? sleep : request.reply(200, nil, "fine")
    end
    hung = Thread.new { get(server, "/hang").code }
    entered.pop.kill
    assert_equal %w[500 fine], [hung.value, get(server).body]
    server.stop.join
    assert_match(/wserve 1: something has ended this thread, another takes its place/, log.string)
  end

  # Nobody asks in between: the log has a few lines, and those that are left out are counted.
  def test_what_repeats_without_a_request_is_limited
    log = StringIO.new
    seen = Queue.new
    server = serve(threads: 1, logger: Logger.new(log)) { |request| (seen << Thread.current) && request.reply(200, nil, "x") }
    get(server)
    thread = seen.pop
    100.times { thread.raise("again") }
    assert_equal "x", get(server).body
    server.stop.join
    assert_includes 1..20, log.string.scan("again").size
  end

  def test_what_was_left_out_is_counted
    log = StringIO.new
    server = Wserve::Server.new(logger: Logger.new(log)) {}
    server.log.start
    100.times { |i| server.log.write_now_and_then("error", "line #{i}") }
    server.log.instance_variable_set(:@budget, 1)
    server.log.write_now_and_then("error", "last")
    server.log.flush
    assert_equal 17, log.string.lines.size
    assert_match(/ERROR -- wserve: last \(84 such lines were left out\)$/, log.string)
  end

  # It is meant to end the server, also when it comes between two requests.
  def test_system_exit_ends_run_and_is_said
    { "answering" => "exit 3", "between" => "r.reply(200, nil, ''); t = Thread.current
       Thread.new { sleep 0.01 until t.status == 'sleep'; t.raise(SystemExit.new(3)) }" }.each do |name, ending|
      program = "s = Wserve::Server.new(listen: '127.0.0.1:0') { |r| #{ending} }.listen
        Thread.new { Net::HTTP.get(URI(%(http://\#{s.address}/))) }
        begin; s.run; ensure; puts s.stopping?; end"
      output, status = Timeout.timeout(PATIENCE) { Open3.capture2e(*ruby_command, "-rwserve", "-rnet/http", "-e", program) }
      assert_equal 3, status.exitstatus, "#{name}: #{output}"
      assert_match(/the application has called exit\(3\): the server stops\n.*true\n/m, output, name)
    end
  end

  LEFT = {
    "killed" => ->(thread) { thread.kill },
    "raised in" => ->(thread) { thread.raise("as asked") },
    "timed out" => ->(thread) { thread.raise(Timeout::Error) }
  }.freeze

  def test_run_stops_the_server_however_it_is_left
    LEFT.each do |name, leave|
      server = Wserve::Server.new(listen: "127.0.0.1:0") { |request| request.reply(200, nil, "x") }.listen
      port = server.port
      thread = Thread.new { server.run }
      thread.report_on_exception = false
      assert_equal "x", get(server).body
      leave.(thread)
      Timeout.timeout(PATIENCE) { sleep 0.001 while thread.alive? }
      assert_raises(Errno::ECONNREFUSED, name) { TCPSocket.new("127.0.0.1", port) }
    end
    server = Wserve::Server.new(listen: "127.0.0.1:0") { |request| request.reply(200, nil, "x") }.listen
    port = server.port
    assert_equal :thrown, catch(:out) { server.stub(:join, -> { throw :out, :thrown }) { server.run } }
    server.join
    assert_raises(Errno::ECONNREFUSED) { TCPSocket.new("127.0.0.1", port) }
  end

  HUNG = {
    "sleep" => "sleep",
    "loop" => "loop {}",
    "input" => "$stdin.read",
    "lock" => "m = Mutex.new.lock; Thread.new { m.lock }.join",
    "rescue" => "begin; sleep; rescue Exception; retry; end",
    "ensure" => "begin; sleep; ensure; sleep; end"
  }.freeze

  # Whatever the application does, the second signal ends the process.
  HUNG.each do |name, hang|
    define_method("test_a_second_signal_ends_a_process_whose_application_is_hung_in_#{name}") do
      program = "s = Wserve::Server.new(listen: '127.0.0.1:0', stop_timeout: 3600, threads: ARGV[0]) do |_|
        puts 'entered'; $stdout.flush; #{hang}; end.listen
        s.stop_on('TERM', 'INT'); puts s.address; $stdout.flush; s.run; puts 'after run'"
      (name == "sleep" ? %w[0 2] : %w[2]).each do |threads|
        port, pid, output = start_ruby("-rwserve", "-e", program, threads, in: (pipe = IO.pipe)[0])
        client = TCPSocket.new("127.0.0.1", port)
        client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert_equal "entered\n", output.gets
        Process.kill("TERM", pid)
        assert stop_process(pid, "INT").success?
        assert_match(/1 thread\(s\) still in the application: they are ended\n.*after run\n\z/m, output.read)
        client.close
        pipe.each(&:close)
      end
    end
  end

  def test_stop_timeout_ends_an_application_that_is_hung
    entered = Queue.new
    log = StringIO.new
    server = serve(stop_timeout: 0, threads: 2, logger: Logger.new(log)) { (entered << 1) && sleep }
    client = TCPSocket.new("127.0.0.1", server.port)
    client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    entered.pop
    assert Timeout.timeout(PATIENCE) { server.stop.join }
    assert_match(/WARN -- wserve: 1 thread\(s\) still in the application: they are ended/, log.string)
    client.close
  end

  # Also where rackup has the signals.
  def test_a_second_signal_ends_rackup
    Dir.mktmpdir do |folder|
      %w[INT TERM].each do |signal|
        fifo = File.join(folder, signal)
        File.mkfifo(fifo)
        port, pid = rackup_text(folder, "run ->(_) { File.write(#{fifo.inspect}, 'in'); sleep }", "-O", "stop_timeout=3600")
        client = TCPSocket.new("127.0.0.1", port)
        client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert_equal "in", File.read(fifo)
        Process.kill(signal, pid)
        # The first may still wait for its turn: two of a kind that come together are one.
        ended = Timeout.timeout(PATIENCE) do
          loop do
            Process.kill(signal, pid)
            found = Process.wait2(pid, Process::WNOHANG) and break found[1]
            sleep 0.1
          rescue Errno::ESRCH
            break Process.wait2(pid)[1]
          end
        end
        assert ended.success?, signal
        client.close
      end
    end
  end
end
