# frozen_string_literal: true

module Wserve
  # Undoes the chunks that an application has made of its body (RFC 9112 §7.1), and sends what was in them.
  class Chunks # :nodoc:
    SIZE = /\A(\h{1,15})[ \t]*(?:;[^\r\n]*)?\r\n/n
    FIELD = /\A([^:\r\n]+):[ \t]*([^\r\n]*)\r\n/n
    LONGEST_LINE = 8192
    private_constant :SIZE, :FIELD, :LONGEST_LINE

    def initialize(request)
      @request = request
      @kept = "".b
      @left = 0 # of the chunk under way
      @state = :size
      @is_untouched = true
    end

    # Parts of a body may end anywhere.
    def <<(part)
      @is_untouched &&= part.empty?
      @kept << part.b
      nil while step
    end

    # The end of the body, and so of the answer. Where nothing may be sent, nothing is chunked.
    def finish
      fail! "ends in the middle" unless @state == :end || @is_untouched
      @request.finish
    end

    private

    # Whether there may be more to do with what is there.
    def step
      case @state
      when :size then read_size
      when :data then send_data
      when :data_end then read_data_end
      when :trailers then read_trailer
      else @kept.empty? ? false : fail!("goes on behind its end")
      end
    end

    def read_size
      return wait_for_line unless (line = @kept.slice!(SIZE))

      @left = line.to_i(16)
      @state = @left.zero? ? :trailers : :data
    end

    def send_data
      return false if @kept.empty?

      piece = @kept.slice!(0, @left)
      @request.write(piece)
      @left -= piece.bytesize
      @state = :data_end if @left.zero?
      true
    end

    def read_data_end
      return wait_for_line unless @kept.slice!(/\A\r\n/n)

      @state = :size
    end

    def read_trailer
      if @kept.slice!(/\A\r\n/n)
        @state = :end
      elsif @kept.slice!(FIELD)
        @request.add_trailer($1, $2)
      else
        wait_for_line
      end
    end

    def wait_for_line
      fail! "has no chunks" if @kept.include?("\n") || @kept.bytesize > LONGEST_LINE
      false
    end

    def fail!(how)
      raise InvalidError, "Transfer-Encoding is chunked, and the body #{how}: leave the field out, the server adds it"
    end
  end
end
