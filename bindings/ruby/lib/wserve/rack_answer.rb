module Wserve
  # A Rack answer on its way to the client.
  class RackAnswer # :nodoc:
    REASONS = { 101 => "Switching Protocols" }.freeze
    LENGTH = /(?:\A|\0)content-length\0(\d+)\0/i
    private_constant :REASONS, :LENGTH

    def initialize(request, env, status, headers, body)
      @request = request
      @env = env
      @status = Integer(status)
      @headers = headers.is_a?(Hash) ? headers : headers.to_enum(:each).to_h
      @body = body
    end

    def send_all
      if (callable = hijacker)
        hijack(callable)
      elsif @status == 101
        hijack(@body.method(:call))
      else
        @fields = Native.pack_fields(@headers)
        @request.add_headers(@fields)
        send_body
      end
    end

    private

    def hijacker
      @headers["rack.hijack"]
    end

    def send_body
      # Some bodies, such as those of Rails, have a #to_ary that says no.
      if @body.respond_to?(:to_ary) && (parts = @body.to_ary)
        send_parts(parts)
      elsif (file = whole_file)
        send_file(file)
      else
        @request.start(@status, nil)
        @body.respond_to?(:each) ? stream_each : stream_call
      end
    end

    # The length is known: one call. But an answer to HEAD does not tell the length of the body that it has not.
    def send_parts(parts)
      if @env["REQUEST_METHOD"] == "HEAD" && !declared_length
        @request.start(@status, nil)
        @request.flush
        return @request.finish
      end
      @request.reply(@status, nil, parts.size == 1 ? parts[0] : parts.join)
    end

    def declared_length
      @fields[LENGTH, 1]&.to_i
    end

    # An open file, when the body is one as it is, and not a part of one.
    def whole_file
      return unless @body.respond_to?(:to_path)

      file = File.open(@body.to_path, "rb")
      return file if [nil, file.size].include?(declared_length)

      file.close
      nil
    end

    def send_file(file)
      @request.add_header("Content-Length", file.size.to_s) unless declared_length
      @request.start(@status, nil)
      @request.send_file(file.fileno, 0, file.size)
      @request.finish
    ensure
      file.close
    end

    # The head first, so that the client sees it before the first part is made.
    def stream_each
      @body.each { |part| @request.write(part) }
      @request.finish
    end

    # The application may go on in a thread of its own: closing the stream ends the answer and gives the request back.
    def stream_call
      @request.defer
      @body.call(Stream.new(@request, @env["rack.input"]))
    rescue Exception
      @request.defer(false)
      raise
    end

    # From the head on, the connection is the application's (a partial hijack, or another protocol).
    def hijack(callable)
      io = @request.hijack
      io.write(head)
      callable.call(io)
    end

    def head
      fields = Native.pack_fields(@headers).split("\0", -1)[0..-2]
      raise InvalidError, "a field must not contain line ends" if fields.any?(/[\r\n]/)

      lines = fields.each_slice(2).map { |name, value| "#{name}: #{value}" }
      lines << (connection_line || "Connection: #{@status == 101 ? "Upgrade" : "close"}")
      "HTTP/1.1 #{@status} #{reason}\r\n#{lines.join("\r\n")}\r\n\r\n"
    end

    def connection_line
      _, value = @headers.find { |name, _| name.casecmp?("connection") }
      raise InvalidError, "a field must not contain line ends" if value&.match?(/[\r\n]/)

      value && "Connection: #{value}"
    end

    def reason
      REASONS.fetch(@status) { defined?(::Rack::Utils) ? ::Rack::Utils::HTTP_STATUS_CODES[@status] : "" }
    end
  end
end
