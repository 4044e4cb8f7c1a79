# The application server as a library.
#
#   require "wserve"
#
#   server = Wserve::Server.new(listen: "127.0.0.1:8080", threads: 5) do |request|
#     request.reply(200, "text/plain", "Hello, World!\n")
#   end
#   server.stop_on("INT", "TERM")
#   server.run
#
# For Rack there is <tt>rackup -s wserve</tt>, see Wserve::RackApp.
module Wserve
end

require "wserve/native"
require "wserve/version"
require "wserve/option"
require "wserve/stat"
require "wserve/request"
require "wserve/server"
