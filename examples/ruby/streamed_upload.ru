# An upload that is read while it comes: it is in no memory and in no file, and what is too much is refused before any of
# it was sent. The answer comes meanwhile, a line for each piece.
#
#   rackup -s wserve -E none -o 127.0.0.1 -p 8080 -O body_streaming=true -O max_request_body_size=1T streamed_upload.ru
#   curl -T some_file http://127.0.0.1:8080/
#
# Without -E none the rackup of Rack 2 collects the answer, to count its length: then all lines come at the end; with it
# rackup serves everybody, unless -o says where.
require "digest"

MOST = 10 * 2**30
TEXT = { "content-type" => "text/plain" }.freeze

# The body of the answer; each waits for what the client sends.
class Report
  def initialize(request)
    @request = request
  end

  def each
    digest = Digest::SHA256.new
    size = 0
    while (piece = @request.read_some(64 * 1024)) # what has come; rack.input.read would wait for all of it
      digest << piece
      size += piece.bytesize
      yield "#{size} bytes\n"
    end
    yield "SHA-256 #{digest.hexdigest}\n"
  end
end

run(lambda do |env|
  next [413, TEXT.dup, ["too much\n"]] if env["CONTENT_LENGTH"].to_i > MOST

  [200, TEXT.dup, Report.new(env["wserve.request"])]
end)
