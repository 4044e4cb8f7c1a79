module Wserve
  # What a server keeps for Ruby, because its threads may not call it: lines of the access log, and which requests are
  # slow. A Ruby thread takes it.
  class KeptLines # :nodoc:
    LIMIT = 10_000 # lines; what is more is lost, and counted in the log
    private_constant :LIMIT

    # Before the server listens, and when its options are set. +access_logger+ may be nil.
    def initialize(native, log, access_logger, tells_stacks:)
      @native = native
      @log = log
      @access_logger = access_logger
      @native.keep_access(LIMIT) if access_logger
      @native.keep_slow if tells_stacks
      @is_wanted = access_logger || tells_stacks
      @has_slow = tells_stacks
    end

    # Threads do not survive a fork: this is called where the server starts.
    def start
      return unless @is_wanted

      @reader, @writer = IO.pipe
      kept = [(@native.access_fd if @access_logger), (@native.slow_fd if @has_slow)].compact
      kept.map! { |fd| IO.for_fd(fd, autoclose: false) }
      @thread = Thread.new { relay(kept) }
      @thread.name = "wserve lines"
    end

    # Once the server has ended: what is left goes on.
    def flush
      return unless @thread

      @writer.close
      @thread.join
      @thread = nil
      @reader.close
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
      while @access_logger && (line = @native.take_access)
        guarded { @access_logger << "#{line.scrub}\n" }
      end
      while @has_slow && (slow = @native.take_slow)
        guarded { tell_stack(*slow) }
      end
    end

    def tell_stack(native_id, line)
      frames = Thread.list.find { |thread| native_id_of(thread) == native_id }&.backtrace
      @log.write("warning", "#{line}; its stack:\n  #{frames.join("\n  ")}") if frames && !frames.empty?
    end

    # Since Ruby 3.1.
    def native_id_of(thread)
      thread.native_thread_id if thread.respond_to?(:native_thread_id)
    end

    def guarded
      yield
    rescue StandardError => error
      @log.write_now_and_then("error", "the access logger failed: #{error.class}: #{error.message}")
    end
  end
end
