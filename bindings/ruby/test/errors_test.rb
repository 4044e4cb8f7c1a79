require_relative "support"
require "logger"

# What goes wrong in applications and loggers, in a way that ordinary errors do not.
class ErrorsTest < Minitest::Test
  include Serving

  class Mute < StandardError
    def message = raise("no words")
  end

  FAILURES = {
    "/nul" => -> { raise "a\0b" },
    "/utf16" => -> { raise "wide".encode("UTF-16LE") },
    "/bytes" => -> { raise "\xFF\xFE" },
    "/mute" => -> { raise Mute },
    "/exception" => -> { raise Exception, "none of StandardError" },
    "/memory" => -> { raise NoMemoryError },
    "/signal" => -> { raise SignalException, "TERM" },
    "/throw" => -> { throw :nobody },
    "/deep" => -> { (deep = -> { deep.call + 1 }).call },
    "/thread" => -> { Thread.exit }
  }.freeze

  # With one thread, the one that answered answers the next request too.
  def test_whatever_an_application_does_is_a_500_and_the_server_lives
    server = serve(threads: 1, log_level: "none") do |request|
      FAILURES.fetch(request["PATH_INFO"], -> {}).call
      request.reply(200, nil, "fine")
    end
    FAILURES.each_key do |path|
      assert_equal ["500", "fine"], [get(server, path).code, get(server).body], path
    end
    assert Timeout.timeout(PATIENCE) { server.stop.join }
  end

  def test_an_error_with_any_bytes_is_shown_and_logged
    log = StringIO.new
    server = serve(logger: Logger.new(log), expose_tracebacks: true) { raise "a\0b \xFF\nsecond line" }
    assert_includes get(server).body.b, 'a\0b '.b + "\xFF".b
    server.stop.join
    assert_predicate log.string, :valid_encoding?
    assert_match(/ERROR -- wserve: Exception while serving .* a\\0b \\xff .*\n.*ERROR -- wserve:   second line/, log.string)
    assert_empty log.string.lines.grep(/\A\n/)
  end

  # Also in the locale of systemd's services.
  def test_a_logger_gets_any_bytes_whatever_the_locale
    program = "require 'logger'; log = StringIO.new
      s = Wserve::Server.new(listen: '127.0.0.1:0', logger: Logger.new(log)) { raise %(\\xC3\\xA9 \\xFF) }.start
      Net::HTTP.get(URI(%(http://\#{s.address}/))); s.stop.join; print log.string.lines.size > 1"
    output, status = Timeout.timeout(PATIENCE) do
      Open3.capture2e({ "LC_ALL" => "C" }, *ruby_command, "-rwserve", "-rnet/http", "-rstringio", "-e", program)
    end
    assert_equal ["true", true], [output, status.success?]
  end

  # In Turkish an I is no i.
  def test_names_of_fields_are_the_same_in_every_locale
    program = "app = Wserve::RackApp.new(->(_) { [302, { 'LOCATION' => %(/\\n//evil) }, []] })
      s = Wserve::Server.new(app, listen: '127.0.0.1:0', log_level: 'none').start
      print Net::HTTP.get_response(URI(%(http://\#{s.address}/))).code; s.stop.join"
    Dir.mktmpdir do |folder|
      assert system("localedef", "--no-archive", "-i", "tr_TR", "-f", "UTF-8", "#{folder}/tr_TR.UTF-8")
      turkish = { "LOCPATH" => folder, "LC_ALL" => "tr_TR.UTF-8" }
      words = %w[-rwserve -rwserve/rack_app -rnet/http -e]
      output, = Timeout.timeout(PATIENCE) { Open3.capture2e(turkish, *ruby_command, *words, program) }
      assert_equal "500", output
    end
  end

  def test_a_logger_that_fails_is_said_and_does_not_keep_a_server_from_stopping
    logger = Logger.new(IO::NULL)
    logger.define_singleton_method(:add) { |*| raise IOError, "disk full" }
    server = nil
    _, errors = capture_io do
      server = serve(logger: logger) { raise "as asked" }
      assert_equal "500", get(server).code
      assert Timeout.timeout(PATIENCE) { server.stop.join }
    end
    assert_match(/the logger failed: IOError: disk full\n.*as asked/, errors)
  end

  FORKS = <<~RUBY.freeze
    server = Wserve::Server.new(listen: "127.0.0.1:0", threads: ARGV[0]) do |request|
      Process.wait(fork {})
      request.respond(200) do |out|
        out.write("one ")
        Process.wait(fork { exit })
        out.write("two")
      end
    end
    server.listen.stop_on("TERM")
    puts server.address
    $stdout.flush
    server.run
  RUBY

  # Ruby jumps over a wrapper whose argument it refuses. Under AddressSanitizer the wrapper's red zones must not stay
  # behind on the stack, for whoever comes by later: here the garbage collector's.
  def test_a_wrapper_that_ruby_jumps_over_leaves_nothing_on_the_stack
    at = ->(depth, &block) { depth.zero? ? block.call : [depth].each { at.call(depth - 1, &block) } }
    3.times do |depth|
      at.call(depth) { assert_raises(ArgumentError) { Wserve::Server.new(listen: "127.0.0.1:0\0") {} } }
      20.times { |other| at.call(other) { with_gc_stress { format("%s", 1) } } }
    end
  end

  # A child of the application has copies of everything, and gives them back when it ends.
  def test_a_child_that_ends_does_not_answer_for_its_parent
    %w[0 2].each do |threads|
      port, pid, = start_ruby("-rwserve", "-e", FORKS, threads)
      2.times { assert_equal "one two", get_from(port).body }
      assert stop_process(pid).success?
    end
  end

  private

  def with_gc_stress
    GC.stress = true
    yield
  ensure
    GC.stress = false
  end
end
