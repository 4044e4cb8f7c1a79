module Wserve
  # rack.input with the option body_streaming: the request's body, binary, while it comes. Reading waits for the client.
  class StreamedInput
    include Enumerable

    PIECE = 16 * 1024
    LARGEST_PIECE = 112 * 1024 # what is larger is not kept by malloc for the next one
    private_constant :PIECE, :LARGEST_PIECE

    def initialize(request) # :nodoc:
      @request = request
      @ahead = nil # read by #gets, but not handed out
    end

    # As IO#read: without a length all that is left, with one nil at the end.
    def read(length = nil, buffer = nil)
      raise ArgumentError, "negative length #{length} given" if length&.negative?

      bytes = length ? read_at_most(length) : read_all
      return bytes unless buffer

      buffer.clear
      return unless bytes

      buffer << bytes
      bytes.clear # at once: a long body would be garbage faster than that is collected
      buffer
    end

    # The next line with its end, or nil.
    def gets
      line = take_ahead || "".b
      searched = 0
      size = PIECE
      until (at = line.index("\n", searched)) || (piece = @request.read_some(size)).nil?
        searched = line.bytesize
        line << piece
        size = LARGEST_PIECE
      end
      return line.empty? ? nil : line unless at

      @ahead = line.byteslice(at + 1, line.bytesize)
      line.byteslice(0, at + 1)
    end

    # Each line.
    def each
      return to_enum unless block_given?

      while (line = gets)
        yield line
      end
      self
    end

    # Rack 3: the application wants no more of it.
    def close
      nil
    end

    # Bodies are bytes.
    def external_encoding
      Encoding::BINARY
    end

    private

    def take_ahead
      ahead, @ahead = @ahead, nil
      ahead
    end

    def read_at_most(length)
      return "".b if length.zero?

      bytes = take_ahead || "".b
      if bytes.bytesize > length
        @ahead = bytes.byteslice(length, bytes.bytesize)
        return bytes.byteslice(0, length)
      end
      while bytes.bytesize < length && (piece = @request.read_some(room_for(length - bytes.bytesize)))
        bytes << piece
        piece.clear
      end
      bytes.empty? ? nil : bytes
    end

    def read_all
      (take_ahead || "".b) << @request.read
    end

    # Not all that an application has asked for, when the client may never send it.
    def room_for(length)
      [length, LARGEST_PIECE].min
    end
  end

  # The same for Rack 2, whose Lint, and with it rackup in development, refuses a rack.input without a rewind.
  class Rack2StreamedInput < StreamedInput
    # Raises: nothing is kept of what was read.
    def rewind
      raise StateError, "rack.input is streamed, and read once only: what rewinds it needs Rack::RewindableInput around it"
    end
  end

  # rack.input as it is without that option: it has arrived as a whole, and waits in memory or in a temporary file.
  class Input < StreamedInput
    # From the front again.
    def rewind
      @ahead = nil
      @request.rewind
      0
    end

    # Bytes of the whole body.
    def size
      @request.body_size
    end

    private

    # No more than there can be need of; at the end of the body, a byte that does not come.
    def room_for(length)
      length.clamp(1, [@request.body_size, 1].max)
    end
  end
end
