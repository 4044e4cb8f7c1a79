# frozen_string_literal: true

module Wserve
  # The fields of an answer: a Hash of Strings, or Arrays of them, as the library takes them.
  module Fields # :nodoc:
    # What the server does itself, and what is a message to it.
    FOR_SERVER = /\A(?:connection|keep-alive|rack\..*)\z/mi
    CLOSE = /(?:\A|,)[ \t]*close[ \t]*(?:,|\z)/i # RFC 9112 §9.6
    # A list of them is a mistake, or an attack: as for ws_request_add_header(), and Content-Length.
    SINGLE = %w[access-control-allow-credentials access-control-allow-origin access-control-max-age age content-disposition
                content-length content-location content-range content-type date etag expires last-modified location refresh
                retry-after server strict-transport-security sunset].to_h { |name| [name, true] }.freeze
    private_constant :FOR_SERVER, :CLOSE, :SINGLE

    class << self
      # With +lists+ a String may have several values, one a line (Rack 2).
      def pack(headers, lists = false)
        Native.pack_fields(headers, lists, false) || (sent(headers, lists) + (closes?(headers) ? "Connection\0close\0" : ""))
      end

      # Those that are for the client.
      def sent(headers, lists)
        Native.pack_fields(headers.reject { |name, _| name.to_s.b.match?(FOR_SERVER) }, lists, true)
      end

      # The value of a field that stands in a Hash, or nil.
      def find(headers, wanted)
        headers.find { |name, value| value && name.to_s.casecmp?(wanted) }&.at(1)
      end

      def single?(name)
        SINGLE.key?(name.downcase)
      end

      private

      def closes?(headers)
        Array(find(headers, "connection")).join(",").b.match?(CLOSE)
      end
    end
  end
end
