require "rackup/handler"
require "wserve/rack_handler"

module Rackup
  module Handler
    # Rack 3: <tt>rackup -s wserve</tt>, <tt>Rackup::Handler.get("wserve")</tt>.
    Wserve = ::Wserve::RackHandler

    register :wserve, Wserve
  end
end
