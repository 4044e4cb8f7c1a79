# Several processes on one port, for applications that keep a processor busy: Ruby's threads take turns, processes do not.
# The socket is opened once and inherited; threads are made in each process.
#
#   ruby preforked.rb [PORT [PROCESSES]]
require "socket"
require "wserve"

socket = TCPServer.new("127.0.0.1", (ARGV[0] || 8080).to_i)
pids = Array.new((ARGV[1] || 2).to_i) do
  fork do
    server = Wserve::Server.new(sockets: socket.fileno) do |request|
      request.reply(200, "text/plain", "process #{Process.pid}\n")
    end
    server.stop_on("TERM")
    trap("INT", "IGNORE") # the terminal sends it to all processes; the parent passes it on
    server.run
  end
end
%w[INT TERM].each { |signal| trap(signal) { Process.kill("TERM", *pids) } }
puts "Serving on http://127.0.0.1:#{socket.addr[1]}"
$stdout.flush
pids.each { |pid| Process.wait(pid) }
