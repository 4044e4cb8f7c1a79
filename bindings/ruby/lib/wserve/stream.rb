module Wserve
  # What the body of a streaming Rack answer, and a partial hijack, write to: the rest of the answer, and the body of the
  # request for reading.
  class Stream
    def initialize(request, input) # :nodoc:
      @request = request
      @input = input
      @is_closed = false
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
      @request.finish
      nil
    ensure
      @request.release
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
  end
end
