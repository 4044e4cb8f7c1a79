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
        status = Integer(status) unless status.instance_of?(Integer)
        headers = headers.to_enum(:each).to_h unless headers.is_a?(Hash)
        found = request.add_fields(headers)
        if found & Native::FOUND_HIJACK != 0
          PartialHijack.new(request, status, headers).run(headers.find { |name, _| name.casecmp?("rack.hijack") }[1])
        elsif status == 101
          PartialHijack.new(request, status, headers).run(body.method(:call))
        elsif found & Native::FOUND_TRANSFER_ENCODING != 0
          send_chunks(request, status, headers, body)
        else
          send_body(request, env, status, found & Native::FOUND_LENGTH != 0 && headers, body)
        end
      end

      private

      # +known+ are the headers when they have a length.
      def send_body(request, env, status, known, body)
        # Some bodies, such as those of Rails, have a #to_ary that says no.
        if body.respond_to?(:to_ary) && (parts = body.to_ary)
          send_parts(request, env, status, known, parts)
        elsif (file = whole_file(known, body))
          send_file(request, status, known, file)
        elsif env["REQUEST_METHOD"] == "HEAD" || BODILESS.include?(status)
          send_head(request, status)
        else
          request.start(status, nil)
          body.respond_to?(:each) ? stream_each(request, body) : stream_call(request, env, body)
        end
      end

      # Nobody would see the body: it may be one without end.
      def send_head(request, status)
        request.start(status, nil)
        request.flush
        request.finish
      end

      # The length is known: one call. But an answer to HEAD does not tell the length of the body that it has not.
      def send_parts(request, env, status, known, parts)
        return send_head(request, status) if !known && env["REQUEST_METHOD"] == "HEAD"

        request.reply(status, nil, parts.size == 1 ? parts[0] : parts.join)
      end

      # An open file, when the body is one as it is, and not a part of one. What has no size, as in /proc, is read.
      def whole_file(known, body)
        return unless body.respond_to?(:to_path)

        file = File.open(body.to_path, "rb")
        return file if file.stat.file? && file.size.positive? && (!known || declared_length(known) == file.size)

        file.close
        nil
      end

      def declared_length(headers)
        headers.find { |name, _| name.to_s.casecmp?("content-length") }[1].to_i
      end

      def send_file(request, status, known, file)
        request.add_header("Content-Length", file.size.to_s) unless known
        request.start(status, nil)
        request.send_file(file.fileno, 0, file.size)
        request.finish
      ensure
        file.close
      end

      # The head first, so that the client sees it before the first part is made.
      def stream_each(request, body)
        body.each { |part| request.write(part) }
        request.finish
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
        codings = headers.select { |name, _| name.casecmp?("transfer-encoding") }.values
        raise InvalidError, "Transfer-Encoding must be chunked, got #{codings}" unless codings.join.casecmp?("chunked")

        request.add_fields(headers.reject { |name, _| name.match?(/\A(transfer-encoding|content-length|trailer)\z/i) })
        request.start(status, nil)
        chunks = Chunks.new(request)
        body.each { |part| chunks << part }
        chunks.finish
      end
    end
  end
end
