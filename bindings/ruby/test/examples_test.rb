require_relative "rack_support"
require "digest"
require "shellwords"

# The examples, and the one in README.md, do what they say.
class ExamplesTest < Minitest::Test
  include Rackups

  TOP = File.expand_path("../../..", __dir__)
  EXAMPLES = File.join(TOP, "examples/ruby")

  def test_readme
    programs = File.read(File.join(TOP, "README.md")).scan(/^```ruby\n(.*?)^```/m).flatten
    assert_equal 1, programs.size
    port = free_port
    pid = spawn(*ruby_command, "-e", programs[0].sub("8080", port.to_s))
    (@children ||= []) << [File.open(File::NULL), pid]
    wait_for_port(port)
    assert_equal "Hello, World!\n", get_from(port).body
    assert stop_process(pid).success?
  end

  # The command that README.md shows for Rack applications warns of nothing.
  def test_readme_rackup
    command = File.read(File.join(TOP, "README.md"))[/^ +rackup -s wserve((?:.*\\\n)*.*)$/, 1]
    Dir.mktmpdir do |folder|
      said = File.join(folder, "said")
      arguments = Shellwords.split(command.gsub("\\\n", ""))
      port, pid = rackup_text(folder, 'run ->(env) { [200, {}, [env["SCRIPT_NAME"]]] }', "-E", "none", *arguments,
                              errors: said)
      assert_equal "/shop", get_from(port, "/shop/").body
      assert stop_process(pid).success?
      assert_empty File.read(said)
    end
  end

  def test_hello
    port, pid, = start_ruby(File.join(EXAMPLES, "hello.rb"), "127.0.0.1:0")
    assert_equal "Hello, World!\n", get_from(port).body
    assert stop_process(pid, "INT").success?
  end

  def test_echo
    port, pid, = start_ruby(File.join(EXAMPLES, "echo.rb"), "127.0.0.1:0")
    body = "\0abc" * 100_000
    assert_equal body, Net::HTTP.post(URI("http://127.0.0.1:#{port}/"), body).body
    assert stop_process(pid).success?
  end

  def test_events
    port, pid, = start_ruby(File.join(EXAMPLES, "events.rb"), "127.0.0.1:0", "0.01")
    seen = +""
    Socket.tcp("127.0.0.1", port) do |socket|
      socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      Timeout.timeout(PATIENCE) { seen << socket.readpartial(1000) until seen.include?("data: event 3\n\n") }
    end
    assert_match(%r{^Content-Type: text/event-stream\r$}, seen)
    assert stop_process(pid).success?
  end

  def test_upload
    port, = rackup(File.join(EXAMPLES, "upload.ru"), "-E", "deployment")
    assert_match(/<form/, get_from(port).body)
    upload = Net::HTTP::Post.new("/")
    upload.set_form([["file", StringIO.new("abc"), { filename: "a.txt" }]], "multipart/form-data")
    body = Net::HTTP.start("127.0.0.1", port) { |http| http.request(upload) }.body
    assert_equal "a.txt: 3 bytes, ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n", body
  end

  STREAMED_UPLOAD = File.join(EXAMPLES, "streamed_upload.ru")

  def streamed_upload_options
    File.read(STREAMED_UPLOAD)[/rackup -s wserve -E none -o 127.0.0.1 -p 8080 (.*) streamed_upload\.ru$/, 1].split
  end

  def test_streamed_upload
    port, = rackup(STREAMED_UPLOAD, "-E", "none", *streamed_upload_options)
    Socket.tcp("127.0.0.1", port) do |socket|
      socket.write("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe")
      Timeout.timeout(PATIENCE) do
        assert_match(/\AHTTP\/1.1 200 /, socket.gets("\r\n\r\n"))
        assert_equal "8\r\n2 bytes\n\r\n", socket.read(13) # before the rest
        socket.write("llo")
        assert_equal "8\r\n5 bytes\n\r\n", socket.read(13)
        assert_includes socket.gets("0\r\n\r\n"), "SHA-256 #{Digest::SHA256.hexdigest("hello")}\n"
      end
    end
    Socket.tcp("127.0.0.1", port) do |socket|
      socket.write("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\nExpect: 100-continue\r\n\r\n")
      assert_match(/\AHTTP\/1.1 413 /, Timeout.timeout(PATIENCE) { socket.gets }) # before any of it
    end
  end

  # As rackup serves where nothing else is said: under Rack::Lint.
  def test_streamed_upload_in_development
    port, = rackup(STREAMED_UPLOAD, *streamed_upload_options)
    answer = Net::HTTP.start("127.0.0.1", port) { |http| http.put("/", "hello") }
    assert_equal "200", answer.code
    assert_match(/^5 bytes\nSHA-256 #{Digest::SHA256.hexdigest("hello")}\n\z/, answer.body)
  end

  # The options and the configuration are those that the example shows.
  def test_behind_nginx
    text = File.read(File.join(EXAMPLES, "behind_nginx.ru"))
    options = text[/rackup -s wserve (.*?) behind_nginx\.ru/m, 1].gsub(/\\\n#/, "").scan(/"([^"]*)"|(\S+)/).flatten.compact
    front, back = free_port, free_port
    rackup(File.join(EXAMPLES, "behind_nginx.ru"), *options.map { |option| option.sub("8081", back.to_s) }, port: back)
    config = File.read(File.join(EXAMPLES, "behind_nginx.conf"))
    start_nginx(config.gsub("8080", front.to_s).gsub("8081", back.to_s), front)
    assert_equal "http://127.0.0.1:#{front}/shop/a?b=c for 127.0.0.1\n", get_from(front, "/shop/a?b=c").body
  end

  def test_preforked
    port, pid, = start_ruby(File.join(EXAMPLES, "preforked.rb"), "0", "2")
    assert_match(/\Aprocess \d+\n\z/, get_from(port).body)
    assert stop_process(pid).success?
    assert_raises(Errno::ECONNREFUSED) { get_from(port) }
  end
end
