require "wserve/worker_thread"

module Wserve
  # The Ruby threads of one server, and how they come to an end.
  class WorkerThreads # :nodoc:
    GRACE = 1 # seconds, for an application whose connections are cut, and for one that is ended
    POLL = 0.05 # seconds
    private_constant :GRACE, :POLL

    def initialize(server)
      @server = server
      @places = []
      @events = Queue.new
    end

    # One for each of the library's workers. May raise a ThreadError.
    def start(natives)
      natives.each.with_index(1) do |native, number|
        @places << WorkerThread.new(@server, native, number, @events).start
      end
    end

    # Connections will be cut after that many seconds, at the latest. In traps, too, where nothing can be locked but a
    # Queue.
    def end_by(seconds)
      at = now + seconds
      @ends_at = at unless @ends_at && @ends_at < at
      @events << nil
    end

    # Waits until the server has stopped, and raises what has ended a thread, such as SystemExit. Threads that are in the
    # application when connections have been cut are ended. Whether all have ended.
    def join
      left = wait
      (@places - left).each(&:join)
      left.empty?
    end

    private

    def now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end

    # Gives those back that nothing could end.
    def wait
      until (left = @places.reject(&:done?)).empty?
        if @ends_at.nil?
          @events.pop
        elsif now < @ends_at + GRACE
          left[0].join(POLL)
        else
          return kill(left)
        end
      end
      left
    end

    # A thread may be hung where Ruby cannot reach it.
    def kill(left)
      @server.log.write("warning", "#{left.count(&:busy?)} thread(s) still in the application: they are ended")
      until (left = left.reject(&:done?)).empty? || now > @ends_at + 2 * GRACE
        left.each(&:kill)
        sleep POLL
      end
      @server.log.write("error", "#{left.size} thread(s) cannot be ended") unless left.empty?
      left
    end
  end
end
