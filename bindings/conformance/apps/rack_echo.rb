# The echo app as a Rack application, with Rack::Lint watching both sides of it.
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

TEXT = { "Content-Type" => "text/plain" }.freeze
BINARY = { "Content-Type" => "application/octet-stream" }.freeze

# Content-Length as the echo app tells it; Rack has no need of it.
def known(headers, body)
  [200, headers.merge("Content-Length" => body.bytesize.to_s), [body]]
end

def hello
  known(TEXT, "Hello, World!\n")
end

def pieces_of(input)
  while (piece = input.read(64 * 1024))
    yield piece
  end
end

def trailer(env)
  pieces = Pieces.new do |out|
    out.call("trailer\n")
    env["wserve.request"].add_trailer("X-Sum", "8")
  end
  [200, TEXT, pieces]
end

def flushed(env)
  pieces = Pieces.new do |out|
    out.call("first\n")
    File.read(env["QUERY_STRING"])
    out.call("second\n")
  end
  [200, TEXT, pieces]
end

def raise_late
  pieces = Pieces.new do |out|
    out.call("first\n")
    raise "as asked"
  end
  [200, TEXT, pieces]
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
  [200, TEXT, []]
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
  [200, TEXT, []]
end

def file(env)
  body = WholeFile.new(env["QUERY_STRING"])
  [200, BINARY.merge("Content-Length" => File.size(body.to_path).to_s), body]
end

def twice(env)
  input = env["rack.input"]
  first = input.read
  input.rewind
  known(BINARY, first + input.read)
end

def early(env)
  env["rack.early_hints"].call("Link" => "</style.css>; rel=preload")
  hello
end

def fields
  status, headers, body = known(TEXT, "fields\n")
  [status, headers.merge("X-Repeat" => "one\ntwo", "Set-Cookie" => "a=1\nb=2", "X-Empty" => ""), body]
end

def simple(env)
  case env["PATH_INFO"]
  when "/hello" then hello
  when "/echo" then known({ "Content-Type" => env["CONTENT_TYPE"] || BINARY["Content-Type"] }, env["rack.input"].read)
  when "/stream" then [200, BINARY, Pieces.new { |out| pieces_of(env["rack.input"], &out) }]
  when "/request" then known(TEXT, seen(env))
  when "/binary" then known(BINARY, (0..255).to_a.pack("C*"))
  when %r{\A/status/(204|304)\z} then [$1.to_i, {}, []]
  when %r{\A/status/(\d+)\z} then [$1.to_i, TEXT, ["status ", "#{$1}\n"]]
  when %r{\A/large/(\d+)\z} then known(BINARY, pattern($1.to_i))
  else [404, TEXT, ["no such route\n"]]
  end
end

APP = lambda do |env|
  case env["PATH_INFO"]
  when "/twice" then twice(env)
  when "/fields" then fields
  when "/file" then file(env)
  when "/early" then early(env)
  when "/trailer" then trailer(env)
  when "/flush" then flushed(env)
  when "/raise" then raise "as asked"
  when "/raise-late" then raise_late
  when "/finished" then finished(env)
  when "/gone" then gone(env)
  when "/upgrade" then upgrade(env)
  else simple(env)
  end
end

# Lint reads nothing of HEAD's answers: those have no body, and none to complain about.
linted = Rack::Builder.app do
  use Rack::Head
  use Rack::Lint
  run APP
end
serve_echo(Wserve::RackApp.new(Rack::Lint.new(linted)))
