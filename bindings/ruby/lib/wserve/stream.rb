module Wserve
  # What the body of a streaming Rack answer, and a partial hijack, write to: the rest of the answer, and the body of the
  # request for reading.
  class Stream
    def initialize(request, input) # :nodoc:
      @request = request
      @input = input
      @is_closed = false
      @lock = Mutex.new
      @at_close = nil
    end

    # As Input#read.
    def read(*arguments)
      @input.read(*arguments)
    end

    # Sends bytes at once; waits for a client that is too slow.
    def write(bytes)
      raise IOError, "closed stream" if @is_closed

      @request.write(bytes)
    end

    # As #write, for more than one in a row.
    def <<(bytes)
      write(bytes)
      self
    end

    # Sends the head, if it has not been sent; nothing else waits here.
    def flush
      @request.flush
      self
    end

    # Ends the answer and gives the request back. A second time does nothing.
    def close(_error = nil)
      return if @is_closed

      @is_closed = true
      begin
        @request.finish
      ensure
        @request.release
        run_at_close
      end
      nil
    end
    alias close_write close

    # No more of the request's body is wanted.
    def close_read
      @input.close
    end

    # Whether #close was called.
    def closed?
      @is_closed
    end

    # Calls the block once, when the stream has been closed.
    def at_close(&block) # :nodoc:
      @lock.synchronize { @at_close = block }
      run_at_close if @is_closed
    end

    private

    def run_at_close
      block = @lock.synchronize { @at_close.tap { @at_close = nil } }
      block&.call
    end
  end
end
