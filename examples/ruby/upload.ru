# A form that takes a file, as a Rack application. The form has arrived as a whole before the application is called;
# streamed_upload.ru reads a body while it comes.
#
#   rackup -s wserve -p 8080 upload.ru
require "digest"
require "rack"

FORM = <<~HTML.freeze
  <form method="post" enctype="multipart/form-data">
    <input type="file" name="file"><input type="submit">
  </form>
HTML

run(lambda do |env|
  request = Rack::Request.new(env)
  file = request.post? && request.params["file"]
  next [200, { "content-type" => "text/html" }, [FORM]] unless file

  # A large body waits in a temporary file; it is read from there piece by piece.
  digest = Digest::SHA256.file(file[:tempfile].path).hexdigest
  [200, { "content-type" => "text/plain" }, ["#{file[:filename]}: #{file[:tempfile].size} bytes, #{digest}\n"]]
end)
