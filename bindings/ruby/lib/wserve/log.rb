module Wserve
  # What a server has to say, in a Logger or where the library's lines go; and what it keeps for Ruby, because its threads
  # may not call it: log lines, lines of the access log, and which requests are slow. A Ruby thread takes it.
  class Log # :nodoc:
    LEVELS = %w[debug info warning error none].freeze # as the library and Logger number them
    LIMIT = 10_000  # lines; what is more is lost, and counted
    BURST = 16      # lines that may come at once,
    INTERVAL = 10.0 # and seconds for each one more
    private_constant :LEVELS, :LIMIT, :BURST, :INTERVAL

    # Either logger may be nil.
    def initialize(server, native, logger, access_logger)
      @server = server
      @native = native
      @logger = logger
      @access_logger = access_logger
      @lock = Mutex.new
      @budget = BURST
      @left_out = 0
      @native.keep_log(LIMIT) if logger
      @native.keep_access(LIMIT) if access_logger
    end

    # Before the server listens, and when its options are set.
    def keep_slow
      @native.keep_slow unless @has_slow
      @has_slow = true
    end

    # Threads do not survive a fork: this is called where the server starts.
    def start
      kept = [(@native.log_fd if @logger), (@native.access_fd if @access_logger), (@native.slow_fd if @has_slow)].compact
      return if kept.empty?

      kept.map! { |fd| IO.for_fd(fd, autoclose: false) }
      @reader, @writer = IO.pipe
      @thread = Thread.new { relay(kept) }
      @thread.name = "wserve lines"
    end

    # Waits until every line so far is passed on.
    def flush
      return unless @thread

      @writer.close
      @thread.join
      @thread = nil
      @reader.close
    end

    # One line of that severity, or more when the text has more.
    def write(severity, text)
      return if LEVELS.index(severity) < LEVELS.index(@server.get(:log_level))

      text = printable(text)
      @logger ? text.each_line(chomp: true) { |line| tell(LEVELS.index(severity), line) } : say("#{severity}: #{text}")
    end

    # For what may repeat without end: with a limit, and a count of what it has left out.
    def write_now_and_then(severity, text)
      left_out = @lock.synchronize { take } or return
      write(severity, left_out.zero? ? text : "#{text} (#{left_out} such lines were left out)")
    end

    private

    def relay(kept)
      loop do
        readable, = IO.select([@reader, *kept])
        pass_on
        break if readable.include?(@reader)
      end
    end

    def pass_on
      while @logger && (severity, line = @native.take_log)
        tell(severity, line.scrub)
      end
      while @access_logger && (_, line = @native.take_access)
        tell_access("#{line.scrub}\n")
      end
      while @has_slow && (native_id, line = @native.take_slow)
        tell_stack(native_id, line)
      end
    end

    def tell(severity, line)
      @logger.add(severity, line, "wserve")
    rescue StandardError => error
      warn "wserve: error: the logger failed: #{error.class}: #{error.message}", "wserve: #{line}"
    end

    def tell_access(line)
      @access_logger << line
    rescue StandardError => error
      write_now_and_then("error", "the access logger failed: #{error.class}: #{error.message}")
    end

    # Since Ruby 3.1 a thread tells its native id.
    def tell_stack(native_id, line)
      thread = Thread.list.find { |one| one.respond_to?(:native_thread_id) && one.native_thread_id == native_id }
      frames = thread&.backtrace
      write("warning", "#{line}; its stack:\n  #{frames.join("\n  ")}") if frames && !frames.empty?
    end

    def say(text)
      fd = @server.get(:log_fd).to_i
      lines = "wserve: #{text}\n"
      # A line that is not taken at once is lost, as the library's are.
      fd == 2 ? $stderr.write(lines) : IO.for_fd(fd, autoclose: false).write_nonblock(lines, exception: false)
    rescue SystemCallError, IOError
      nil
    end

    # How many were left out before this one; nil when this one is, too.
    def take
      now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
      @budget = [BURST, @budget + (now - (@taken_at || now)) / INTERVAL].min
      @taken_at = now
      return (@left_out += 1) && nil if @budget < 1

      @budget -= 1
      @left_out.tap { @left_out = 0 }
    end

    # No byte of it steers a terminal.
    def printable(text)
      text.dup.force_encoding(Encoding::UTF_8).scrub.gsub(/[[:cntrl:]&&[^\n\t]]/) { |c| c.dump[1..-2] }
    end
  end
end
