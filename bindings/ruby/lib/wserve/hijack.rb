# frozen_string_literal: true

module Wserve
  # A connection that is the application's from the head on: a partial hijack, or another protocol behind a 101.
  class PartialHijack # :nodoc:
    REASONS = { 101 => "Switching Protocols" }.freeze
    UPGRADE_REQUIRED = 426 # as which the library lets Upgrade pass
    private_constant :REASONS, :UPGRADE_REQUIRED

    def initialize(request, status, headers)
      @request = request
      @status = status
      @headers = headers
    end

    def run(callable)
      head = self.head
      io = @request.hijack
      io.write(head)
      callable.call(io)
    rescue Exception
      io&.close # nobody else will
      raise
    end

    def head
      packed = Fields.sent(@headers, RackAnswer.lists?)
      @request.check_fields(UPGRADE_REQUIRED, packed) if @status == 101
      raise InvalidError, "a field must not contain line ends" if packed.match?(/[\r\n]/)

      lines = packed.split("\0", -1)[0..-2].each_slice(2).map { |name, value| "#{name}: #{value}" }
      lines << (connection_line || "Connection: #{@status == 101 ? "Upgrade" : "close"}")
      "HTTP/1.1 #{@status} #{reason}\r\n#{lines.join("\r\n")}\r\n\r\n"
    end

    private

    def connection_line
      _, value = @headers.find { |name, _| name.casecmp?("connection") }
      return unless value

      value = Array(value).map { |one| one.to_s.b }.join(", ")
      raise InvalidError, "a field must not contain line ends" if value.match?(/[\r\n]/)

      "Connection: #{value}"
    end

    def reason
      REASONS.fetch(@status) { defined?(::Rack::Utils) ? ::Rack::Utils::HTTP_STATUS_CODES[@status] : "" }
    end
  end
end
