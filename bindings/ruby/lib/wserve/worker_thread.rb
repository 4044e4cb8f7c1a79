module Wserve
  # A place for a Ruby thread that takes requests from the library and has them answered. A thread that something ends is
  # followed by another one; the place is done when the server has stopped.
  #
  # What other threads raise here (Thread#raise, Timeout, Thread#kill) arrives in the application, or else between two
  # requests: nowhere else, so that no request is lost on its way.
  class WorkerThread # :nodoc:
    WAIT_MS = 1000 # a net under lost wake-ups: nobody ever waits longer without looking
    PASS_EVERY = 64
    LONGEST_PAUSE = 1 # seconds
    HELD_BACK = { Object => :never }.freeze
    LET_IN = { Object => :immediate }.freeze
    private_constant :WAIT_MS, :PASS_EVERY, :LONGEST_PAUSE, :HELD_BACK, :LET_IN

    # For the application: what others raise arrives in the block.
    def self.let_in(&block)
      Thread.handle_interrupt(LET_IN, &block)
    end

    # +server+ is asked to answer and to log; +ended+ is a Queue that gets the place when it is done.
    def initialize(server, native, number, ended)
      @server = server
      @worker = native
      @number = number
      @ended = ended
      @failures = 0 # since the last request
      @served = 0
    end

    # May raise a ThreadError.
    def start
      @thread = Thread.handle_interrupt(HELD_BACK) { Thread.new { run } }
      @thread.name = name
      self
    end

    # Whether no thread is here any more, and none will be.
    def done?
      @is_done
    end

    # Whether it has a request.
    def busy?
      !!@request
    end

    # Waits up to that many seconds; raises what has ended the thread.
    def join(limit = nil)
      @thread.join(limit)
    end

    # Ends the thread if it is in the application.
    def kill
      @thread.kill if busy?
    end

    private

    def name
      "wserve #{@number}"
    end

    def run
      Thread.current.report_on_exception = false # #join raises it
      Thread.current.thread_variable_set(:wserve_turns_the_loop, true) if @server.get(:threads).to_i.zero?
      serve
      @is_done = true
    rescue SystemExit => error
      @is_done = true
      @server.ended_by(error)
      raise
    ensure
      give_back(@request)
      @is_done ? finish : find_successor
    end

    # What was taken, but not begun, is left to a successor.
    def serve
      until (@taken ||= take).equal?(false)
        hear
        answer if @taken
      end
    end

    def finish
      give_back(@taken)
      @ended << self
    end

    # A Request, nil for none yet, false behind the end.
    def take
      @worker.next(WAIT_MS)
    rescue Exception => error # such as NoMemoryError: nothing that the application has raised
      log("#{error.class}: #{error.message}")
      pause
    end

    def answer
      @failures = 0
      @request, @taken = @taken, nil
      @server.answer(@request)
      give_back(@request)
      # Requests that wait already are taken without giving up the GVL: let the others have it now and then.
      Thread.pass if ((@served += 1) % PASS_EVERY).zero?
    end

    def give_back(request)
      @request = nil
      request.release if request && !request.deferred?
    end

    # What another thread has raised in this one and came too late for a request, as a Timeout may.
    def hear
      while Thread.pending_interrupt?
        begin
          WorkerThread.let_in { Thread.pass }
        rescue SystemExit
          raise
        rescue Exception => error
          log("raised between two requests: #{error.class}: #{error.message}")
        end
      end
    end

    # What repeats must not fill the log,
    def log(what)
      @server.log.write_now_and_then("error", "#{name}: #{what}")
    end

    # and without a request in between not keep a processor busy.
    def pause
      @failures += 1
      sleep([0.001 * 2**[@failures, 10].min, LONGEST_PAUSE].min)
      nil
    end

    # The thread was ended (Thread#kill, Thread.exit): another takes its place, unless the process ends.
    def find_successor
      log("something has ended this thread, another takes its place") unless ending?
      start
    rescue ThreadError => error
      return finish if ending?

      log(error.message)
      pause
      retry
    end

    # The server or, as Ruby then gives no thread any more, the process.
    def ending?
      @server.stopping? || !Thread.main.alive?
    end
  end
end
