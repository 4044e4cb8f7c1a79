require "wserve/log_pipe"

module Wserve
  # What the Ruby half of a server has to say: it goes where the library's lines go.
  class Log # :nodoc:
    LEVELS = %w[debug info warning error none].freeze
    BURST = 16      # lines that may come at once,
    INTERVAL = 10.0 # and seconds for each one more
    private_constant :LEVELS, :BURST, :INTERVAL

    def initialize(server, logger)
      @server = server
      @lock = Mutex.new
      @budget = BURST
      @left_out = 0
      @pipe = LogPipe.new(logger) if logger
      server.set(:log_fd, @pipe.writer.fileno) if logger
    end

    # Threads do not survive a fork: this is called where the server starts.
    def start
      @pipe&.start
    end

    # Waits until every line so far is with the Logger.
    def flush
      @pipe&.flush
    end

    # One line of that severity, or more when the text has more.
    def write(severity, text)
      return if LEVELS.index(severity) < LEVELS.index(@server.get(:log_level))

      lines = "wserve: #{severity}: #{printable(text)}\n"
      fd = @server.get(:log_fd).to_i
      # A line that is not taken at once is lost, as the library's are.
      fd == 2 ? $stderr.write(lines) : IO.for_fd(fd, autoclose: false).write_nonblock(lines, exception: false)
    rescue SystemCallError, IOError
      nil
    end

    # For what may repeat without end: with a limit, and a count of what it has left out.
    def write_now_and_then(severity, text)
      left_out = @lock.synchronize { take } or return
      write(severity, left_out.zero? ? text : "#{text} (#{left_out} such lines were left out)")
    end

    private

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
