# The echo app as a Rack application, under Rack::Lint; for Rack 2.2 and 3.
require "rack"
require "uri" # Rack::Lint uses it without saying so
require "wserve"
require "wserve/rack_app"
require_relative "ruby_options"

# A body that comes in pieces, and is closed.
class Pieces
  def initialize(&block)
    @block = block
  end

  def each(&block)
    @block.call(block)
  end
end

# A file as a server may send it on its own.
class WholeFile < Pieces
  attr_reader :to_path

  def initialize(path)
    @to_path = path
    super() { |out| out.call(File.binread(path)) }
  end
end

# Rack 3 wants names in lower case, and Hashes that can be changed; several values are an Array.
TEXT = { "content-type" => "text/plain" }.freeze
BINARY = { "content-type" => "application/octet-stream" }.freeze
IS_RACK_2 = Rack.release.to_i < 3

def several(*values)
  IS_RACK_2 ? values.join("\n") : values
end

# Content-Length as the echo app tells it; Rack has no need of it.
def known(headers, body)
  [200, headers.merge("content-length" => body.bytesize.to_s), [body]]
end

def hello
  known(TEXT, "Hello, World!\n")
end

def pieces_of(input)
  buffer = +"" # one for all pieces: a new one for each is garbage faster than it is collected
  while (piece = input.read(64 * 1024, buffer))
    yield piece
  end
end

def trailer(env)
  pieces = Pieces.new do |out|
    out.call("trailer\n")
    env["wserve.request"].add_trailer("X-Sum", "8")
  end
  [200, TEXT.dup, pieces]
end

def flushed(env)
  pieces = Pieces.new do |out|
    out.call("first\n")
    File.read(env["QUERY_STRING"])
    out.call("second\n")
  end
  [200, TEXT.dup, pieces]
end

def raise_late
  pieces = Pieces.new do |out|
    out.call("first\n")
    raise "as asked"
  end
  [200, TEXT.dup, pieces]
end

# What comes after the answer's end is seen where Rack says that it has ended.
def finished(env)
  env["rack.response_finished"] << lambda do |_, _, _, _|
    env["wserve.request"].write("x")
    File.write(env["QUERY_STRING"], "accepted\n")
  rescue Wserve::StateError
    File.write(env["QUERY_STRING"], "refused\n")
  end
  hello
end

def gone(env)
  request = env["wserve.request"]
  File.open(env["QUERY_STRING"], "w") do |fifo|
    fifo.write("waiting\n")
    fifo.flush
    1000.times { sleep 0.01 unless request.gone? }
    fifo.write(request.gone? ? "gone\n" : "still there\n")
  end
  [200, TEXT.dup, []]
end

def upgrade(env)
  io = env["rack.hijack"].call
  io.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
  begin
    loop do
      io.write(io.read_nonblock(4096))
    rescue IO::WaitReadable
      io.wait_readable
    end
  rescue EOFError
    io.close
  end
  [200, TEXT.dup, []]
end

def file(env)
  body = WholeFile.new(env["QUERY_STRING"])
  [200, BINARY.merge("content-length" => File.size(body.to_path).to_s), body]
end

def twice(env)
  input = env["rack.input"]
  first = input.read
  (IS_RACK_2 ? input : env["wserve.request"]).rewind # Rack 3's Lint hides that the input can do it
  known(BINARY, first + input.read)
end

def early(env)
  env["rack.early_hints"].call("link" => "</style.css>; rel=preload")
  hello
end

def fields
  status, headers, body = known(TEXT, "fields\n")
  repeated = { "x-repeat" => several("one", "two"), "set-cookie" => several("a=1", "b=2") }
  [status, headers.merge(repeated, "x-empty" => ""), body]
end

# Of what there is one, Rack 2 has no lines in a String: another spelling of the name is what is left.
def once
  status, headers, body = known(TEXT, "once\n")
  twice = if IS_RACK_2
    { "content-type" => "text/html", "Content-Type" => "text/plain", "location" => "/a", "Location" => "/b" }
  else
    { "content-type" => %w[text/html text/plain], "location" => %w[/a /b] }
  end
  [status, headers.merge(twice), body]
end

def upgrade_required
  _, headers, body = known(TEXT, "use TLS\n")
  [426, headers.merge("upgrade" => "TLS/1.3"), body]
end

def simple(env)
  case env["PATH_INFO"]
  when "/hello" then hello
  when "/echo" then known({ "content-type" => env["CONTENT_TYPE"] || BINARY["content-type"] }, env["rack.input"].read)
  when "/count"
    all = 0
    pieces_of(env["rack.input"]) { |piece| all += piece.bytesize }
    known(TEXT, "#{all}\n")
  when "/stream" then [200, BINARY.dup, Pieces.new { |out| pieces_of(env["rack.input"], &out) }]
  when "/request" then known(TEXT, seen(env))
  when "/binary" then known(BINARY, (0..255).to_a.pack("C*"))
  when %r{\A/status/(204|304)\z} then [$1.to_i, {}, []]
  when %r{\A/status/(\d+)\z} then [$1.to_i, TEXT.dup, ["status ", "#{$1}\n"]]
  when %r{\A/large/(\d+)\z} then known(BINARY, pattern($1.to_i))
  else [404, TEXT.dup, ["no such route\n"]]
  end
end

APP = lambda do |env|
  case env["PATH_INFO"]
  when "/twice" then twice(env)
  when "/fields" then fields
  when "/once" then once
  when "/file" then file(env)
  when "/early" then early(env)
  when "/trailer" then trailer(env)
  when "/flush" then flushed(env)
  when "/raise" then raise "as asked"
  when "/raise-late" then raise_late
  when "/finished" then finished(env)
  when "/gone" then gone(env)
  when "/upgrade" then upgrade(env)
  when "/upgrade-required" then upgrade_required
  else simple(env)
  end
end

# Lint wants answers to HEAD without a body.
checked = Rack::Lint.new(Rack::Head.new(APP))
def with_capitals(fields)
  fields.transform_keys { |name| name.split("-").map(&:capitalize).join("-") }
end

# The suite wants the names with capitals.
capitalized = lambda do |env|
  hint = env["rack.early_hints"]
  env["rack.early_hints"] = ->(fields) { hint.call(with_capitals(fields)) }
  status, headers, body = checked.call(env)
  [status, with_capitals(headers), body]
end
serve_echo(Wserve::RackApp.new(capitalized), stress_every: 10) # Lint makes a great many objects
