# frozen_string_literal: true

require "wserve/hijack"
require "wserve/chunks"

module Wserve
  # A Rack answer on its way to the client.
  module RackAnswer # :nodoc:
    BODILESS = [204, 304].freeze # statuses whose answers have no body
    private_constant :BODILESS

    class << self
      # Gives a Stream back where the application may go on writing.
      def deliver(request, env, status, headers, body)
        status = status.to_i
        headers = headers.to_enum(:each).to_h unless headers.is_a?(Hash)
        fields = status == 101 ? nil : Native.pack_fields(headers, lists?, false)
        return send_body(request, env, status, headers, fields, body) if fields

        if (callable = Fields.find(headers, "rack.hijack"))
          PartialHijack.new(request, status, headers).run(callable)
        elsif status == 101
          PartialHijack.new(request, status, headers).run(body.method(:call))
        elsif Fields.find(headers, "transfer-encoding")
          send_chunks(request, status, headers, body)
        else
          send_body(request, env, status, headers, Fields.pack(headers, lists?), body)
        end
      end

      # Whether values of fields may be lists, a line for each: Rack 3 has Arrays, and line ends are mistakes.
      def lists?
        !defined?(::Rack::RELEASE) || ::Rack::RELEASE.to_i < 3
      end

      private

      # +fields+ are the headers as they are sent.
      def send_body(request, env, status, headers, fields, body)
        # Some bodies, such as those of Rails, have a #to_ary that says no.
        if body.respond_to?(:to_ary) && (parts = body.to_ary)
          send_parts(request, env, status, headers, fields, parts)
        elsif BODILESS.include?(status)
          send_head(request, status, fields)
        elsif (file = whole_file(headers, body))
          send_file(request, status, headers, fields, file)
        elsif env["REQUEST_METHOD"] == "HEAD"
          send_head(request, status, fields)
        else
          request.begin(status, nil, fields)
          body.respond_to?(:each) ? stream_each(request, body) : stream_call(request, env, body)
        end
      end

      # Nobody would see the body: it may be one without end.
      def send_head(request, status, fields)
        request.begin(status, nil, fields)
        request.flush
        request.finish
      end

      # The length is known: one call. But an answer to HEAD does not tell the length of the body that it has not.
      def send_parts(request, env, status, headers, fields, parts)
        return send_head(request, status, fields) if env["REQUEST_METHOD"] == "HEAD" && !length_in(headers)

        request.answer(status, fields, parts.size == 1 ? parts[0] : join(parts))
      end

      # Nothing says that parts are of one encoding.
      def join(parts)
        parts.join
      rescue EncodingError
        parts.each_with_object("".b) { |part, all| all << part.to_s.b }
      end

      # The body's file and where it begins there, when it is one as it is, and not a part of one. What has no size, as in
      # /proc, is read.
      def whole_file(headers, body)
        return unless body.respond_to?(:to_path) && (file = open_file(body))

        offset = body.is_a?(File) ? body.pos : 0
        return [file, offset] if whole?(length_in(headers), file.stat, offset)

        file.close
        nil
      rescue SystemCallError, IOError
        file&.close
      end

      # An open File may have lost its name. Opening a pipe must not wait for who writes to it.
      def open_file(body)
        return body.dup if body.is_a?(File)

        path = body.to_path
        File.open(path, File::RDONLY | File::NONBLOCK | File::NOCTTY | File::BINARY) if path.is_a?(String)
      rescue SystemCallError, IOError, ArgumentError
        nil # the body can still give its parts
      end

      def whole?(length, stat, offset)
        stat.file? && stat.size > offset && (length.nil? || length == stat.size - offset)
      end

      def length_in(headers)
        Fields.find(headers, "content-length")&.to_i
      end

      def send_file(request, status, headers, fields, (file, offset))
        size = file.size - offset
        fields += "Content-Length\0#{size}\0" unless length_in(headers)
        request.begin(status, nil, fields)
        request.send_file(file.fileno, offset, size)
        request.finish
      ensure
        file.close
      end

      # Each part at once. Where it is known which is the last one, the end goes with it.
      def stream_each(request, body)
        # The content of a file is no live stream: a part may wait for the next one.
        is_file = body.respond_to?(:to_path) && !body.is_a?(IO)
        count = body.is_a?(Enumerator) ? body.size : nil
        last = nil
        body.each do |part|
          last = last && request.write(last) && nil
          next last = part if is_file || (count &&= count - 1) == 0

          request.write(part)
        end
        request.finish(last)
      end

      # The application may go on in a thread of its own: closing the stream ends the answer and gives the request back.
      def stream_call(request, env, body)
        request.defer
        stream = Stream.new(request, env["rack.input"])
        body.call(stream)
        stream
      rescue Exception
        request.defer(false)
        raise
      end

      # The application has chunked its body, as Rack::Chunked does. The server does that on its own, so it is undone.
      def send_chunks(request, status, headers, body)
        codings = headers.select { |name, _| name.casecmp?("transfer-encoding") }.values.compact
        raise InvalidError, "Transfer-Encoding must be chunked, got #{codings}" unless codings.join.casecmp?("chunked")

        sent = headers.reject { |name, _| name.match?(/\A(transfer-encoding|content-length|trailer)\z/i) }
        request.begin(status, nil, Fields.pack(sent, lists?))
        chunks = Chunks.new(request)
        body.each { |part| chunks << part }
        chunks.finish
      end
    end
  end
end
