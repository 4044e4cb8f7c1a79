require "rackup/handler"
require "wserve/rack_handler"

module Rackup # :nodoc:
  module Handler # :nodoc:
    # Rack 3: <tt>rackup -s wserve</tt>, <tt>Rackup::Handler.get("wserve")</tt>.
    Wserve = ::Wserve::RackHandler

    register :wserve, Wserve
  end
end
