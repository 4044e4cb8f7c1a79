# Streams both ways: reads the request's body piece by piece, and sends each piece back at once. A body of any size takes
# no more memory than one piece.
#
#   ruby echo.rb [ADDRESS]
#   curl -T some-file http://127.0.0.1:8080/
require "wserve"

server = Wserve::Server.new(listen: ARGV[0] || "127.0.0.1:8080") do |request|
  request.respond(200, "Content-Type" => "application/octet-stream") do |out|
    while (piece = request.read(64 * 1024))
      out.write(piece)
    end
  end
end
server.stop_on("INT", "TERM")
server.listen
puts "Serving on http://#{server.address}"
$stdout.flush
server.run
