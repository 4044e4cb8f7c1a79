require "wserve/log"
require "wserve/worker_threads"

module Wserve
  # A server. Its requests run on Ruby threads; the library's own thread, which holds the connections, never waits for
  # the GVL. Nothing is opened and no thread is made before #listen or #run, so a process may fork in between.
  class Server
    LONGEST_MS = 2**31 - 1
    private_constant :LONGEST_MS

    # Where a process ends without having stopped them, Ruby would wait for threads that write to slow clients; and for
    # ever for one that nothing can end.
    @running = []
    at_exit do
      own = running.filter_map { |pid, server| server if pid == Process.pid }
      own.each { |server| server.drain(0) }
      leave_at_once if own.any?(&:hung?)
    end

    class << self
      attr_reader :running # :nodoc:

      private

      # With the status that the process was about to end with.
      def leave_at_once
        [$stdout, $stderr].each(&:flush)
        exit!($!.nil? || ($!.is_a?(SystemExit) && $!.status))
      end
    end

    # The application: answers to #call(request). To be set before #start.
    attr_accessor :app

    attr_reader :log # :nodoc:

    # +options+ are those of Wserve.options, by name: <tt>listen: "127.0.0.1:8080"</tt>, <tt>threads: 5</tt>,
    # <tt>url_prefix: "/foo"</tt>, <tt>trusted_proxy: "127.0.0.1"</tt>. Lists may be Arrays.
    #
    # +app+, or the block, is called with each Request. What it raises makes a 500, but for SystemExit: that ends #run.
    # +logger+ is a Logger that takes the server's log lines, whatever log_fd is; without one they go to standard error.
    # +access_logger+ takes the lines of the access log (option access_log_format), by <tt><<</tt>, as a Logger and an IO do.
    # +ini+ is an ini file in the dialect of PasteDeploy, "deploy.ini" or "deploy.ini#NAME": its options and filters.
    def initialize(app = nil, logger: nil, access_logger: nil, ini: nil, **options, &block)
      @app = app || block
      @native = Native::Server.new
      @log = Log.new(self, @native, logger, access_logger)
      @native.load_settings(ini, nil) if ini
      options.each { |name, value| set(name, value) }
    end

    # Sets one option; raises an ArgumentError that names option, value and what is allowed.
    def set(name, value)
      @native.set(name.to_s, Option.text(value, name))
      self
    end

    # Text of an option, or nil when there is no such option.
    def get(name)
      @native.get(name.to_s)
    end

    # Puts a filter that comes with the library in front of the application: <tt>use("prefix", prefix: "/shop")</tt>.
    def use(name, **settings)
      @native.use_named(name.to_s, settings_text(settings))
      self
    end

    # Serves an application that comes with the library or in a shared object, or what an ini file says, in place of a
    # block: see ws_server_load() in deploy.h.
    def load_app(name, **settings)
      raise ArgumentError, "there is an application already" if @app

      @native.load_app(name.to_s, settings_text(settings))
      @is_loaded = true
      self
    end

    # Checks the options together, and what they need of the system (access_log, temporary_directory, metrics_listen),
    # without listening.
    def check
      @native.check
      self
    end

    # Explains, hop by hop, what of these proxy headers would be believed.
    #
    #   puts server.explain_proxy("10.0.0.1", "X-Forwarded-For" => "192.0.2.7")
    def explain_proxy(peer, fields)
      lines = fields.flat_map { |name, values| Array(values).map { |value| "#{name}: #{value}\n" } }
      @native.explain_proxy(peer.to_s, lines.join)
    end

    # Binds the addresses; #run does it too. It tells the ports, and lets a program give up privileges in between.
    def listen
      @log.keep_slow if get(:slow_request).to_f.positive?
      @native.listen
      @is_listening = true
      self
    end

    # TCP port of a listener; for port 0 the one that was taken.
    def port(index = 0)
      @native.port(index)
    end

    # Address of a listener, such as "127.0.0.1:8080", or nil.
    def address(index = 0)
      @native.address(index)
    end

    # "connections" (open now), "requests" (taken so far) or "waiting" (that no thread has taken yet).
    def stat(name)
      @native.stat(name.to_s)
    end

    # Serves until the server is stopped. Whatever ends it before, such as Interrupt, Timeout or Thread#kill, stops the
    # server gracefully; an exception meanwhile leaves at once.
    def run
      start
      join
    ensure
      stop
      join
    end

    # Serves on threads of its own and returns at once.
    def start
      raise ArgumentError, "a server needs an application: a block, or an object with #call" unless @app || @is_loaded

      listen unless @is_listening
      @app.serve_with(self) if @app.respond_to?(:serve_with)
      @log.start
      @stop_timeout = get(:stop_timeout).to_f
      natives = @is_loaded ? [] : make_workers
      @native.start
      Server.running << (@run = [Process.pid, self])
      start_threads(natives)
      @threads.end_by(@stop_timeout) if stopping? # it was asked to before
      self
    end

    # Waits until the server has stopped. Raises what has ended a thread, such as SystemExit. Once connections were cut,
    # threads that are still in the application are ended.
    def join
      return self unless @threads

      @is_hung = !@threads.join
      # In a thread, so that this one hears of signals; but who turned the loop may be hung.
      Thread.new { @native.join }.join(@is_hung ? 1 : nil)
      @threads = nil
      Server.running.delete(@run) unless hung?
      @log.flush
      self
    end

    # Asks the server to stop, and returns at once: requests that it has taken are answered. Any thread; in traps too.
    def stop
      @is_stopping = true
      @native.stop
      @threads&.end_by(@stop_timeout)
      self
    end

    # As #stop, but connections are cut after that many seconds; a later call may shorten the time.
    def drain(seconds)
      @is_stopping = true
      @native.drain([seconds * 1000, LONGEST_MS].min.to_i)
      @threads&.end_by(seconds)
      self
    end

    # Stops when one of these signals comes; at a second one, at once.
    def stop_on(*signals)
      signals.each { |signal| trap(signal) { stop_as_asked } }
      self
    end

    # As #stop; a second time, at once.
    def stop_as_asked # :nodoc:
      @is_asked ? drain(0) : stop
      @is_asked = true
    end

    # Whether it was asked to stop.
    def stopping? # :nodoc:
      @is_stopping
    end

    # Whether a thread was left behind that nothing could end.
    def hung? # :nodoc:
      @is_hung
    end

    # Has a request answered, on a WorkerThread.
    def answer(request) # :nodoc:
      WorkerThread.let_in { @app.call(request) }
    rescue DisconnectedError
      nil # nobody waits
    rescue SystemExit
      raise
    rescue Exception => error # also those that are no StandardError: one request must not end the server
      report(request, error)
    end

    # The application ends the program.
    def ended_by(error) # :nodoc:
      @log.write("warning", "the application has called exit(#{error.status}): the server stops")
      stop
    end

    private

    def settings_text(settings)
      settings.map { |name, value| %(#{name}="#{Option.text(value).to_s.gsub(/["\\]/) { |c| "\\#{c}" }}") }.join(" ")
    end

    # With threads=0 the one Ruby thread that asks for requests turns the event loop as well.
    def make_workers
      Array.new([get(:threads).to_i, 1].max) { Native::Worker.new(@native) }
    end

    def start_threads(natives)
      @threads = WorkerThreads.new(self)
      @threads.start(natives)
    rescue ThreadError
      drain(0)
      join
      raise
    end

    def report(request, error)
      text = describe(error)
      request.fail_with(text)
    rescue StateError
      @log.write("error", "#{text} (the answer had ended)")
    end

    # As a text that C can have. An error may be unable to say what it is.
    def describe(error)
      WorkerThread.let_in { error.full_message(highlight: false, order: :top).b.chomp.gsub("\0") { '\0' } }
    rescue Exception => another
      "#{error.class}, and its message raises #{another.class}"
    end
  end
end
