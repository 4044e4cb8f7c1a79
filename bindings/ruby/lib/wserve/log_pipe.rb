require "io/nonblock"

module Wserve
  # The server's log lines, on their way to a Logger: the library writes them into a pipe, because its threads may not
  # call Ruby, and a Ruby thread reads them. Lines that come faster than the Logger takes them are lost, not waited for.
  class LogPipe # :nodoc:
    LINE = /\Awserve: (debug|info|warning|error): (.*)\z/
    SEVERITIES = { "debug" => 0, "info" => 1, "warning" => 2, "error" => 3 }.freeze # those of Logger
    MARK = "\0"
    private_constant :LINE, :SEVERITIES, :MARK

    # The descriptor to write to. It stays open as long as the pipe object lives, because so may the server.
    attr_reader :writer

    def initialize(logger)
      @logger = logger
      @marks = Queue.new
      @reader, @writer = IO.pipe(Encoding::BINARY)
      @writer.nonblock = true
    end

    # Threads do not survive a fork: this is called where the server starts.
    def start
      # The thread must not keep the pipe, and so its writing end, alive.
      reader, logger, marks = @reader, @logger, @marks
      @thread = Thread.new { LogPipe.relay(reader, logger, marks) }
    end

    # Waits until every line so far is with the Logger.
    def flush
      return unless @thread

      @writer.write("#{MARK}\n")
      @marks.pop
    end

    def self.relay(reader, logger, marks)
      severity = "error"
      while (line = reader.gets)
        next marks << true if line.start_with?(MARK)

        # An application's error has any bytes in it, and several lines.
        line = line.chomp.force_encoding(Encoding::UTF_8).scrub
        severity, text = line.match(LINE)&.captures || [severity, line]
        pass_on(logger, severity, text)
      end
    end

    def self.pass_on(logger, severity, text)
      logger.add(SEVERITIES.fetch(severity), text, "wserve")
    rescue StandardError => error
      warn "wserve: error: the logger failed: #{error.class}: #{error.message}", "wserve: #{text}"
    end
    private_class_method :pass_on
  end
end
