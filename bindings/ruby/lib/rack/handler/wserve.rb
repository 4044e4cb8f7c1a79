require "rack"
require "rack/handler"
require "wserve/rack_handler"

module Rack # :nodoc:
  module Handler # :nodoc:
    # Rack 2: <tt>rackup -s wserve</tt>, <tt>Rack::Handler.get("wserve")</tt>.
    Wserve = ::Wserve::RackHandler

    register "wserve", "Rack::Handler::Wserve"
  end
end
