module Wserve
  # rack.input: the request's body, binary. It has arrived as a whole, and waits in memory or in a temporary file.
  class Input
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

      buffer.replace(bytes || "")
      bytes && buffer
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
      # No more room than there can be need of.
      length = [length, @request.body_size].min
      while bytes.bytesize < length && (piece = @request.read_some(length - bytes.bytesize))
        bytes << piece
      end
      bytes.empty? ? nil : bytes
    end

    def read_all
      (take_ahead || "".b) << @request.read
    end
  end
end
