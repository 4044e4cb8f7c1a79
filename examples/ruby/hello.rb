# The smallest server.
#
#   ruby hello.rb [ADDRESS]
require "wserve"

server = Wserve::Server.new(listen: ARGV[0] || "127.0.0.1:8080", threads: 5) do |request|
  request.reply(200, "text/plain", "Hello, World!\n")
end
server.stop_on("INT", "TERM")
server.listen
puts "Serving on http://#{server.address}"
$stdout.flush
server.run
