# The echo app with Ruby's own interface: a block that gets requests.
require "wserve"
require_relative "ruby_options"

ROUTES = {
  "/hello" => ->(request) { request.reply(200, "text/plain", "Hello, World!\n") },
  "/echo" => lambda do |request|
    request.reply(200, request["CONTENT_TYPE"] || "application/octet-stream", request.read)
  end,
  "/stream" => lambda do |request|
    request.respond(200, "Content-Type" => "application/octet-stream") { copy(request) }
  end,
  "/count" => lambda do |request|
    all = 0
    while (piece = request.read(64 * 1024))
      all += piece.bytesize
      piece.clear
    end
    request.reply(200, "text/plain", "#{all}\n")
  end,
  "/twice" => lambda do |request|
    fields = { "Content-Type" => "application/octet-stream" }
    fields["Content-Length"] = request.body_size * 2 unless request.body_size.negative? # nobody knows yet
    request.respond(200, fields) do
      copy(request)
      request.rewind
      copy(request)
    end
  end,
  "/request" => ->(request) { request.reply(200, "text/plain", seen(request.environ)) },
  "/fields" => lambda do |request|
    fields = { "Content-Type" => "text/plain", "X-Repeat" => %w[one two], "Set-Cookie" => %w[a=1 b=2], "X-Empty" => "" }
    request.reply(200, fields, "fields\n")
  end,
  "/once" => lambda do |request|
    request.reply(200, { "Content-Type" => %w[text/html text/plain], "Location" => %w[/a /b] }, "once\n")
  end,
  "/upgrade-required" => lambda do |request|
    request.add_header("Upgrade", "TLS/1.3")
    request.reply(426, "text/plain", "use TLS\n")
  end,
  "/binary" => ->(request) { request.reply(200, "application/octet-stream", (0..255).to_a.pack("C*")) },
  "/file" => lambda do |request|
    File.open(request["QUERY_STRING"]) do |file|
      request.respond(200, "Content-Type" => "application/octet-stream", "Content-Length" => file.size) do
        request.send_file(file.fileno, 0, file.size)
      end
    end
  end,
  "/early" => lambda do |request|
    request.early_hints("Link" => "</style.css>; rel=preload")
    request.reply(200, "text/plain", "Hello, World!\n")
  end,
  "/trailer" => lambda do |request|
    request.respond(200, "Content-Type" => "text/plain") do
      request.write("trailer\n")
      request.add_trailer("X-Sum", "8")
    end
  end,
  "/flush" => lambda do |request|
    request.respond(200, "Content-Type" => "text/plain") do
      request << "first\n"
      request.flush
      File.read(request["QUERY_STRING"])
      request << "second\n"
    end
  end,
  "/raise" => ->(_) { raise "as asked" },
  "/raise-late" => lambda do |request|
    request.respond(200, "Content-Type" => "text/plain").write("first\n")
    raise "as asked"
  end,
  "/drop" => ->(_) {},
  "/finished" => lambda do |request|
    request.reply(200, "text/plain", "Hello, World!\n")
    File.write(request["QUERY_STRING"], refused? { request.write("x") } ? "refused\n" : "accepted\n")
  end,
  "/gone" => lambda do |request|
    File.open(request["QUERY_STRING"], "w") do |fifo|
      fifo.write("waiting\n")
      fifo.flush
      1000.times { sleep 0.01 unless request.gone? }
      fifo.write(request.gone? ? "gone\n" : "still there\n")
    end
    request.reply(200, "text/plain", "")
  end,
  "/upgrade" => lambda do |request|
    io = request.hijack
    io.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
    loop { io.write(io.readpartial(4096)) }
  rescue EOFError
    io.close
  end
}.freeze

def copy(request)
  while (piece = request.read(64 * 1024))
    request.write(piece)
    piece.clear # else it is garbage faster than it is collected
  end
end

def refused?
  yield
  false
rescue Wserve::StateError
  true
end

def answer(request)
  case path = request["PATH_INFO"]
  when %r{\A/status/(204|304)\z} then request.reply($1.to_i, nil, "")
  when %r{\A/status/(\d+)\z} then request.reply($1.to_i, "text/plain", "status #{$1}\n")
  when %r{\A/large/(\d+)\z} then request.reply(200, "application/octet-stream", pattern($1.to_i))
  else
    route = ROUTES[path]
    route ? route.call(request) : request.reply(404, "text/plain", "no such route\n")
  end
end

serve_echo(method(:answer))
