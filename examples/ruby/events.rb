# Server-sent events, until the client leaves: one a second, or as the second argument says.
#
#   ruby events.rb [ADDRESS [SECONDS]]
#   curl -N http://127.0.0.1:8080/
require "wserve"

pause = (ARGV[1] || 1).to_f
server = Wserve::Server.new(listen: ARGV[0] || "127.0.0.1:8080") do |request|
  request.respond(200, "Content-Type" => "text/event-stream", "Cache-Control" => "no-cache") do |out|
    (1..).each do |number|
      break if request.gone? # the client has left, or the server is stopping

      out.write("id: #{number}\ndata: event #{number}\n\n")
      sleep pause
    end
  end
end
server.stop_on("INT", "TERM")
server.listen
puts "Serving on http://#{server.address}"
$stdout.flush
server.run
