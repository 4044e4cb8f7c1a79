module Wserve
  # A server. Its requests run on Ruby threads; the library's own thread, which holds the connections, never waits for
  # the GVL. Nothing is opened and no thread is made before #listen or #run, so a process may fork in between.
  class Server
    WAIT_MS = 1000 # a net under lost wake-ups: nobody ever waits longer without looking
    PASS_EVERY = 64
    LONGEST_MS = 2**31 - 1
    private_constant :WAIT_MS, :PASS_EVERY, :LONGEST_MS

    # Where a process ends without having stopped them, Ruby would wait for threads that write to slow clients.
    @running = []
    at_exit { running.each { |pid, server| server.drain(0) if pid == Process.pid } }

    class << self
      attr_reader :running # :nodoc:
    end

    # The application: answers to #call(request). To be set before #start.
    attr_accessor :app

    # +options+ are those of Wserve.options, by name: <tt>listen: "127.0.0.1:8080"</tt>, <tt>threads: 5</tt>,
    # <tt>url_prefix: "/foo"</tt>, <tt>trusted_proxy: "127.0.0.1"</tt>. Lists may be Arrays.
    #
    # +app+, or the block, is called with each Request. What it raises makes a 500, but for SystemExit: that ends #run.
    # +logger+ is a Logger that takes the server's log lines; without one they go to standard error.
    # +ini+ is an ini file in the dialect of PasteDeploy, "deploy.ini" or "deploy.ini#NAME": its options and filters.
    def initialize(app = nil, logger: nil, ini: nil, **options, &block)
      @app = app || block
      @native = Native::Server.new
      log_to(logger) if logger
      @native.load_settings(ini, nil) if ini
      options.each { |name, value| set(name, value) }
    end

    # Sets one option; raises an ArgumentError that names option, value and what is allowed.
    def set(name, value)
      @native.set(name.to_s, Option.text(value))
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

    # Checks the options together, without binding anything.
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

    # Serves until the server is stopped. An exception in this thread, such as Interrupt, stops the server gracefully
    # and is raised again; a second one meanwhile is raised at once.
    def run
      start
      join
    rescue Exception
      stop
      join
      raise
    end

    # Serves on threads of its own and returns at once.
    def start
      raise ArgumentError, "a server needs an application: a block, or an object with #call" unless @app || @is_loaded

      listen unless @is_listening
      @log&.start
      workers = @is_loaded ? [] : make_workers
      @native.start
      Server.running << (@run = [Process.pid, self])
      @threads = []
      workers.each { |worker| @threads << start_thread(worker) }
      self
    end

    # Waits until the server has stopped. Raises what has ended a thread, such as SystemExit.
    def join
      return self unless @threads

      @threads.each(&:join)
      # In a thread, so that this one hears of signals.
      Thread.new { @native.join }.join
      @threads = nil
      Server.running.delete(@run)
      @log&.flush
      self
    end

    # Asks the server to stop, and returns at once: requests that it has taken are answered. Any thread; in traps too.
    def stop
      @native.stop
      self
    end

    # As #stop, but connections are cut after that many seconds; a later call may shorten the time.
    def drain(seconds)
      @native.drain([seconds * 1000, LONGEST_MS].min.to_i)
      self
    end

    # Stops when one of these signals comes; at a second one, at once.
    def stop_on(*signals)
      asked = false
      signals.each do |signal|
        trap(signal) do
          asked ? drain(0) : stop
          asked = true
        end
      end
      self
    end

    private

    def log_to(logger)
      @log = LogPipe.new(logger)
      set(:log_fd, @log.writer.fileno)
    end

    def settings_text(settings)
      settings.map { |name, value| %(#{name}="#{Option.text(value).to_s.gsub(/["\\]/) { |c| "\\#{c}" }}") }.join(" ")
    end

    # With threads=0 the one Ruby thread that asks for requests turns the event loop as well.
    def make_workers
      Array.new([get(:threads).to_i, 1].max) { Native::Worker.new(@native) }
    end

    def start_thread(worker)
      Thread.new do
        Thread.current.report_on_exception = false # #join raises it
        serve(worker)
        is_done = true
      rescue Exception
        is_done = true
        raise
      ensure
        replace(worker) unless is_done
      end
    end

    # The application has ended its thread (Thread.exit): another takes its place, unless the process ends.
    def replace(worker)
      @threads << start_thread(worker)
    rescue ThreadError
      nil
    end

    def serve(worker)
      served = 0
      while (request = worker.next(WAIT_MS)) != false
        next unless request

        answer(request)
        # Requests that wait already are taken without giving up the GVL: let the others have it now and then.
        Thread.pass if ((served += 1) % PASS_EVERY).zero?
      end
    end

    def answer(request)
      @app.call(request)
    rescue DisconnectedError
      nil # nobody waits
    rescue SystemExit
      raise
    rescue Exception => error # also those that are no StandardError: one request must not end the server
      report(request, error)
    ensure
      request.release unless request.deferred?
    end

    def report(request, error)
      text = describe(error)
      request.fail_with(text) unless request.released?
    rescue StateError
      warn "#{text} (the answer had ended)"
    end

    # As a text that C can have. An error may be unable to say what it is.
    def describe(error)
      error.full_message(highlight: false, order: :top).b.chomp.gsub("\0") { '\0' }
    rescue Exception => another
      "#{error.class}, and its message raises #{another.class}"
    end
  end
end
