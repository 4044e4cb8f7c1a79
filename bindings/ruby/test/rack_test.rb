require_relative "rack_support"
require "rack/lint"
require "uri"

class RackAppTest < Minitest::Test
  include Rackups

  TEXT = { "Content-Type" => "text/plain" }.freeze

  def test_environ
    env = nil
    server = serve_rack(->(e) { (env = e) && [200, {}, []] }, url_scheme: "https", url_prefix: "/p", threads: 2)
    get(server, "/p/a%20b?c=d", "X-One" => "1")
    assert_equal ["GET", "/p", "/a%20b", "c=d", "https", "1", "127.0.0.1"],
                 env.values_at("REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "rack.url_scheme",
                               "HTTP_X_ONE", "REMOTE_ADDR")
    assert_equal [true, false, false, true],
                 env.values_at("rack.multithread", "rack.multiprocess", "rack.run_once", "rack.hijack?")
    assert_empty(env.keys.grep(/\Aws\./))
    assert(env.values_at("PATH_INFO", "HTTP_X_ONE").all? { |value| value.encoding == Encoding::BINARY })
  end

  # As the client wrote it, whatever took the prefix: frameworks decode it themselves.
  def test_path_info_is_not_decoded
    seen = nil
    server = serve_rack(->(e) { (seen = e) && [200, {}, []] }, url_prefix: "/p")
    { "/p/%2561dmin" => "/%2561dmin", "/p/a%2Fb" => "/a%2Fb", "/p" => "", "/other%20" => "/other%20", "/p/%E4" => "/%E4",
      "http://h.example/p/%41?x" => "/%41", "http://h.example" => "/" }.each do |target, path|
      raw(server, "GET #{target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
      assert_equal path, seen["PATH_INFO"], target
      assert_equal target[%r{\A(?:http://h.example)?([^?]*)}, 1].then { |all| all.empty? ? "/" : all }, seen["REQUEST_PATH"]
    end
  end

  # Fields of a client must not become what the server, Rack or CGI says.
  def test_reserved_keys_are_the_server_s
    seen = nil
    server = serve_rack { |env| (seen = env) && [200, {}, []] }
    fields = %w[Version Content_Type Content_Length Content-Type Content-Length Proxy Rack.Input Path-Info Script-Name Remote-Addr
                Request-Method Request-Path Server-Protocol Transfer_Encoding Http-Version Host_ HTTP_HOST].map { |name| "#{name}: 0" }
    raw(server, "GET / HTTP/1.0\r\nHost: x\r\nConnection: close\r\n#{fields.join("\r\n")}\r\n\r\n")
    assert_equal ["HTTP/1.0", "HTTP/1.0", "0", "0", "x", "/", "", "GET", "127.0.0.1"],
                 seen.values_at("HTTP_VERSION", "SERVER_PROTOCOL", "CONTENT_TYPE", "CONTENT_LENGTH", "HTTP_HOST", "PATH_INFO",
                                "SCRIPT_NAME", "REQUEST_METHOD", "REMOTE_ADDR")
    assert_empty seen.keys & %w[HTTP_CONTENT_TYPE HTTP_CONTENT_LENGTH HTTP_PROXY HTTP_TRANSFER_ENCODING HTTP_HTTP_HOST]
  end

  # What the extension holds the collector sees: here it runs at every allocation.
  def test_a_collector_that_always_runs
    bodies = { "/text" => ["text"], "/each" => Enumerator.new { |parts| 3.times { |i| parts << "part #{i} " } }, "/self" => nil }
    server = serve_rack(lambda { |env|
      body = bodies[env["PATH_INFO"]] || File.open(__FILE__)
      [200, { "x-got" => env["rack.input"].read + env["HTTP_X_ONE"], "set-cookie" => "a=1\nb=2" }, body]
    })
    GC.stress = true
    answers = bodies.keys.map do |path|
      raw(server, "POST #{path} HTTP/1.1\r\nHost: x\r\nX-One: 1\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody")
    end
    GC.stress = false
    assert_equal ["body1"] * 3, answers.map { |answer| answer[/^x-got: (.*)\r$/i, 1] }
    assert_operator answers[0], :end_with?, "text"
    assert_includes answers[1], "part 2 "
    assert_includes answers[2], "test_a_collector_that_always_runs"
  ensure
    GC.stress = false
  end

  def test_ids_are_where_frameworks_look
    seen = nil
    server = serve_rack(->(e) { (seen = e) && [200, {}, []] }, request_id_header: "X-Request-ID")
    answer = get(server, "/", "X-Request-ID" => "theirs")
    assert_match(/\A\h{32}\z/, seen["ws.request_id"])
    assert_equal [seen["ws.request_id"]] * 2, [seen["HTTP_X_REQUEST_ID"], answer["X-Request-ID"]]
  end

  def test_options_of_the_server
    server = serve_linted do |env|
      body = "<#{env["PATH_INFO"]}>"
      [200, { "content-type" => "text/plain", "content-length" => body.size.to_s }, [body]]
    end
    star = (Rack::RELEASE.split(".").map(&:to_i) <=> [3, 1]) >= 0 ? "<*>" : "<>"
    assert_match(/\r\n\r\n#{Regexp.escape(star)}\z/, raw(server, "OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
  end

  def test_environs_share_nothing
    seen = []
    server = serve_rack { |env| (seen << env) && env["mine"] = 1 and [200, {}, []] }
    2.times { get(server) }
    refute_same seen[0]["rack.response_finished"], seen[1]["rack.response_finished"]
  end

  def test_long_heads
    server = serve_rack { |env| [200, {}, [env["HTTP_X_LONG"], env["HTTP_X_MORE"]]] }
    long = "l" * 7000
    assert_equal long + long, get(server, "/", "X-Long" => long, "X-More" => long).body
  end

  def test_headers_of_rack_2_and_3
    lines = IS_RACK_2 ? { "X-Lines" => "c\nd\n", "X-Line" => "e\n" } : { "x-lines" => %w[c d], "x-line" => ["e"] }
    fields = { "x-array" => ["a", nil, "b"], "rack.private" => "no", "Keep-Alive" => "9", "x-number" => 5, "x-none" => [],
               "x-nil" => nil, "Content-Length" => nil, "Transfer-Encoding" => nil, "rack.hijack" => nil }.merge(lines)
    response = get(serve_rack { [200, fields, ["x"]] })
    assert_equal [%w[a b], %w[c d], ["e"], "5"],
                 [response.get_fields("x-array"), response.get_fields("x-lines"), response.get_fields("x-line"),
                  response["x-number"]]
    assert_nil response["x-nil"]
    assert_nil response["keep-alive"]
    assert_nil response["rack.private"]
    assert_nil response["x-none"]
    assert_equal "1", response["content-length"]
  end

  # The rest of Connection is the server's own business.
  def test_one_option_of_connection_is_honoured
    [["X-A, Close ", true], [%w[keep-alive close], true], ["keep-alive", false], ["closed", false],
     ["close\r\nX-Evil: 1", false]].each do |value, is_closed|
      TCPSocket.open("127.0.0.1", serve_rack { [200, { "connection" => value }, ["x"]] }.port) do |socket|
        socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        head = socket.readpartial(4096)
        assert_equal is_closed, head.match?(/\r\nConnection: close\r\n/), value
        refute_match(/evil|keep-alive|x-a/i, head)
        assert_equal "", socket.read.delete("x") if is_closed
      end
    end
  end

  # A line end is a mistake everywhere but in the lists of Rack 2; and there is but one Location.
  def test_header_injection_is_refused
    values = [["x-a", "a\r\nX-Evil: 1"], ["x-a", "a\0b"], ["x-a", "a\rb"], ["set-cookie", ["a=1\nb=2"]], ["x\ny", "a"],
              ["location", "/\n//evil"], ["Content-Type", "a/b\nc/d"]]
    values << ["set-cookie", "a=1\nb=2"] unless IS_RACK_2
    values.each do |name, value|
      response = get(serve_rack(->(_) { [200, { name => value }, []] }, log_level: "none"))
      assert_equal ["500", nil, nil], [response.code, response["x-evil"], response["set-cookie"]], [name, value]
    end
  end

  def test_header_injection_is_refused_outside_of_rack
    server = serve(log_level: "none") { |request| request.reply(200, { "Set-Cookie" => "a=1\nb=2" }, "x") }
    assert_equal "500", get(server).code
    server = serve(log_level: "none") { |request| request.early_hints("Link" => "a\nb") }
    assert_equal "500", get(server).code
  end

  # A hint that is refused leaves none of the others behind in the answer.
  def test_early_hints_are_all_taken_or_none
    server = serve do |request|
      assert_raises(Wserve::InvalidError) { request.early_hints("Link" => "</a.css>", "X-Bad" => "a\r\nb") }
      request.reply(200, { "X-Good" => "1" }, "x")
    end
    response = get(server)
    assert_equal ["200", nil, "1"], [response.code, response["link"], response["x-good"]]
  end

  def test_parts_of_different_encodings
    { "two" => ["\u00e9", "\xFF".b], "wide" => ["\uFEFFa".encode("UTF-16LE"), "b\n"], "three" => ["\u00e9", "\xE9".dup.force_encoding("ISO-8859-1"), "\xFF".b] }
      .each { |name, parts| assert_equal parts.map(&:b).join, get(serve_rack { [200, {}, parts] }).body.b, name }
  end

  def test_statuses
    { "200 OK" => "200", "404" => "404", 201.9 => "201" }.each do |status, code|
      assert_equal code, get(serve_rack { [status, {}, []] }).code
    end
  end

  def test_wrong_answers_are_500
    [nil, [], [99, {}, []], ["x", {}, []], [200, { "" => "x" }, []], [200, nil, []], [200, {}, nil], [200, {}, [5.1..6]]]
      .each { |answer| assert_includes %w[500 200], get(serve_rack(->(_) { answer }, log_level: "none")).code }
    assert_equal "500", get(serve_rack(->(_) {}, log_level: "none")).code
  end

  # A body that says when it was closed.
  class Body
    attr_reader :closed

    def initialize(*parts)
      @parts = parts
      @closed = 0
    end

    def each
      @parts.each { |part| yield part.respond_to?(:call) ? part.call : part }
    end

    def close
      @closed += 1
    end
  end

  def test_bodies_are_closed_once
    good = Body.new("a", "b")
    bad = Body.new("a", -> { raise "no" })
    server = serve_rack(lambda do |env|
      case env["PATH_INFO"]
      when "/good" then [200, {}, good]
      when "/bad" then [200, {}, bad]
      else [:wrong, {}, good]
      end
    end, log_level: "none")
    assert_equal "ab", get(server, "/good").body
    assert_equal 1, good.closed
    assert_match(/\r\n1\r\na\r\n\z/, raw(server, "GET /bad HTTP/1.1\r\nHost: x\r\n\r\n")) # no last chunk
    assert_equal "500", get(server, "/wrong").code
    server.stop.join
    assert_equal [2, 1], [good.closed, bad.closed]
  end

  def test_bodies_are_closed_when_the_client_has_gone
    closed = Queue.new
    body = Enumerator.new { |out| loop { out << ("x" * 100_000) } }
    body.define_singleton_method(:close) { closed << true }
    server = serve_rack { [200, {}, body] }
    socket = TCPSocket.new("127.0.0.1", server.port)
    socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    socket.read(10)
    socket.close
    assert Timeout.timeout(PATIENCE) { closed.pop }
  end

  def test_a_body_that_is_called_writes_to_a_stream
    body = lambda do |stream|
      stream << "got " << stream.read(3)
      stream.flush
      stream.write(" and more")
      stream.close
      raise "closed" unless stream.closed?
    end
    server = serve_rack { [200, { "content-type" => "text/plain" }, body] }
    response = Net::HTTP.post(URI("http://#{server.address}/"), "abcdef", TEXT)
    assert_equal ["got abc and more", "chunked"], [response.body, response["transfer-encoding"]]
  end

  def test_a_stream_may_be_written_to_from_a_thread_later
    server = serve_rack { [200, {}, ->(stream) { Thread.new { stream.write("later"); stream.close } }] }
    assert_equal "later", get(server).body
  end

  # Behind its end, not behind the call that began it.
  def test_an_answer_from_a_thread_is_finished_when_its_stream_is_closed
    calls = Queue.new
    gate = Queue.new
    server = serve_rack do |env|
      env["rack.response_finished"] << ->(*seen) { calls << seen.values_at(1, 3) }
      body = ->(stream) { Thread.new { stream << gate.pop; calls << :written; stream.close } }
      body.define_singleton_method(:close) { calls << :closed }
      calls << :returned
      [200, {}, body]
    end
    asked = Thread.new { get(server).body }
    assert_equal :returned, calls.pop
    sleep 0.001 until gate.num_waiting == 1
    gate << "late"
    assert_equal ["late", :written, :closed, [200, nil]], [asked.value, calls.pop, calls.pop, calls.pop]
  end

  def test_each_is_preferred_to_call
    body = Class.new do
      def each = yield("each")
      def call(_) = raise
    end.new
    assert_equal "each", get(serve_rack { [200, {}, body] }).body
  end

  def test_a_to_ary_that_says_no
    body = Struct.new(:to_ary) { def each = yield("each") }.new(nil)
    assert_equal "each", get(serve_rack { [200, {}, body] }).body
  end

  def test_whole_files_are_sent_by_the_library_and_parts_are_not
    Tempfile.create("body") do |file|
      file.write("0123456789")
      file.flush
      body = Struct.new(:to_path) { def each = yield("0123") }.new(file.path)
      server = serve_rack(->(env) { [200, env["PATH_INFO"] == "/part" ? { "content-length" => "4" } : {}, body] })
      assert_equal ["0123456789", "10"], get(server, "/whole").then { |r| [r.body, r["content-length"]] }
      assert_equal "0123", get(server, "/part").body
    end
  end

  # Neither waits: the content comes from each, or from the open file.
  def test_paths_that_cannot_be_opened
    Dir.mktmpdir do |folder|
      File.mkfifo(pipe = File.join(folder, "pipe"))
      [nil, pipe, File.join(folder, "none"), "a\0b", 5, ""].each do |path|
        body = Struct.new(:to_path) { def each = yield("ea") && yield("ch") }.new(path)
        assert_equal "each", get(serve_rack { [200, {}, body] }).body, path.inspect
      end
    end
  end

  def test_open_files
    Dir.mktmpdir do |folder|
      File.write(path = File.join(folder, "f"), "0123456789")
      unlinked, replaced, begun = Array.new(3) { File.open(path) }
      begun.read(4)
      File.unlink(path)
      File.write(path, "another")
      [[unlinked, "0123456789"], [replaced, "0123456789"], [begun, "456789"]].each do |file, content|
        response = get(serve_rack { [200, {}, file] })
        assert_equal [content, content.size.to_s, true], [response.body, response["content-length"], file.closed?]
      end
    end
  end

  # The last part and the end, or the length, in one piece.
  def test_the_end_goes_with_the_last_part
    one = get(serve_rack { [200, {}, ["only"].each] })
    assert_equal %w[only 4], [one.body, one["content-length"]]
    assert_equal "abc", get(serve_rack { [200, {}, %w[a b c].each] }).body
    assert_equal "abc", get(serve_rack { [200, {}, Enumerator.new(2) { |out| out << "a" << "b" << "c" }] }).body
    assert_equal "a", get(serve_rack { [200, {}, Enumerator.new(2) { |out| out << "a" }] }).body
  end

  # The read ends, so the server has closed the connection.
  def test_an_application_may_close_the_connection
    [{ "Connection" => "close" }, { "connection" => ["Close"] }].each do |fields|
      answer = raw(serve_rack { [200, fields, ["x"]] }, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      assert_equal 1, answer.scan(/^Connection: close\r$/i).size
      answer = raw(serve { |request| request.respond(200, fields) { |out| out << "x" } }, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      assert_equal 1, answer.scan(/^Connection: close\r$/i).size
    end
  end

  # As Puma has them.
  def test_after_reply
    calls = Queue.new
    server = serve_rack do |env|
      env["rack.response_finished"] << ->(*) { calls << :finished }
      env["rack.after_reply"] << -> { calls << :first }
      env["rack.after_reply"] << -> { raise "in between" }
      env["rack.after_reply"] << -> { calls << :last }
      [200, {}, []]
    end
    capture_io { get(server) }
    assert_equal %i[finished first last], Array.new(3) { calls.pop }
  end

  # What says that it has no size, and still has content.
  def test_paths_that_are_no_whole_files_are_read
    %w[/proc/self/status /dev/null /].each do |path|
      body = Struct.new(:to_path) { def each = yield("each") }.new(path)
      assert_equal "each", get(serve_rack { [200, {}, body] }).body
    end
  end

  def test_ranges_of_rack_files
    server = serve_rack(Rack::Lint.new(Rack::Files.new(__dir__)))
    assert_equal File.binread(__FILE__), get(server, "/#{File.basename(__FILE__)}").body
    part = get(server, "/#{File.basename(__FILE__)}", "Range" => "bytes=8-13")
    assert_equal ["206", File.binread(__FILE__)[8..13]], [part.code, part.body]
  end

  def test_partial_hijack
    server = serve_rack do
      [200, { "content-type" => "x/y", "rack.hijack" => ->(io) { io.write("raw"); io.close } }, []]
    end
    assert_equal "HTTP/1.1 200 OK\r\ncontent-type: x/y\r\nConnection: close\r\n\r\nraw",
                 raw(server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    server = serve_rack { [101, { "upgrade" => "x", "connection" => "Upgrade" }, ->(io) { io.write("up"); io.close }] }
    assert_equal "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nConnection: Upgrade\r\n\r\nup",
                 raw(server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
  end

  def test_a_partial_hijack_that_fails_closes_the_connection
    server = serve_rack do
      [101, { "connection" => %w[Upgrade X], "upgrade" => "x" }, ->(io) { io.write("up") and raise "as asked" }]
    end
    _, errors = capture_io do
      assert_match(/\r\nConnection: Upgrade, X\r\n\r\nup\z/, raw(server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
      server.stop.join
    end
    assert_match(/as asked/, errors)
  end

  def test_response_finished_is_called_backwards_and_told_of_errors
    calls = Queue.new
    server = serve_rack(lambda do |env|
      env["rack.response_finished"] << ->(*seen) { calls << [:first, seen[1], seen[3].class] }
      env["rack.response_finished"] << ->(*) { raise "in between" }
      env["rack.response_finished"] << ->(*seen) { calls << [:last, seen[1], seen[3].class] }
      raise KeyError, "no" if env["PATH_INFO"] == "/bad"

      [201, {}, []]
    end, log_level: "none")
    _, errors = capture_io { get(server, "/good") }
    assert_equal [[:last, 201, NilClass], [:first, 201, NilClass]], [calls.pop, calls.pop]
    get(server, "/bad")
    assert_equal [[:last, nil, KeyError], [:first, nil, KeyError]], [calls.pop, calls.pop]
    assert_empty errors # those of a server go where they went when it was made
  end

  def test_head_tells_no_length_that_it_does_not_know
    response = raw(serve_rack { [200, {}, []] }, "HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    refute_match(/content-length/i, response)
    response = raw(serve_rack { [200, { "content-length" => "7" }, []] },
                   "HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert_match(/content-length: 7\r\n/i, response)
  end

  # It may be one without end.
  def test_a_body_that_nobody_would_see_is_not_asked_for
    closed = Queue.new
    bodies = [Enumerator.new { |_| flunk }, ->(_) { flunk }]
    bodies.each { |body| body.define_singleton_method(:close) { closed << self } }
    [["HEAD", 200, "Transfer-Encoding: chunked"], ["GET", 204, "Connection: close"],
     ["GET", 304, "Connection: close"]].product(bodies).each do |(method, status, field), body|
      answer = raw(serve_rack { [status, {}, body] }, "#{method} / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
      assert_match(/\AHTTP\/1.1 #{status} .*^#{field}\r\n.*\r\n\r\n\z/m, answer)
      assert_same body, closed.pop
    end
  end

  CHUNKED = "3\r\nabc\r\n1;x=y\r\n\r\r\n0A\r\n\r\n34567890\r\n0\r\nX-Sum: 5\r\n\r\n".b.freeze

  # As Rack::Chunked makes it, and older Rails where it streams. The parts may end anywhere.
  def test_a_chunked_body_is_not_chunked_twice
    server = serve_rack do |env|
      parts = CHUNKED.scan(/.{1,#{env["QUERY_STRING"]}}/mn)
      [200, { "transfer-encoding" => "Chunked", "Content-Length" => "1", "trailer" => "X-Sum" }, parts]
    end
    (1..CHUNKED.size).each do |size|
      response = get(server, "/?#{size}")
      assert_equal ["abc\r\r\n34567890", "chunked"], [response.body, response["transfer-encoding"]]
    end
    assert_match(/\r\n0\r\nX-Sum: 5\r\n\r\n\z/, raw(server, "GET /?9 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
    assert_match(/\r\n\r\nabc\r\r\n34567890\z/, raw(server, "GET /?9 HTTP/1.0\r\n\r\n"))
    assert_match(/\r\n\r\n\z/, raw(server, "HEAD /?9 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
  end

  # Rack 3.1 has it no more.
  if defined?(Rack::Chunked)
    def test_rack_chunked
      server = serve_rack(Rack::Chunked.new(->(_) { [200, { "content-type" => "text/plain" }, %w[a b]] }))
      assert_equal %w[ab chunked], get(server).then { |response| [response.body, response["transfer-encoding"]] }
    end
  end

  def test_a_body_that_is_only_said_to_be_chunked_is_a_500
    { "Hello\n" => 500, "3\nabc" => 500, "5\r\nabc\r\n0\r\n\r\n" => 200, "3\r\nabcd\r\n" => 200, "3\r\nabc\r\n" => 200,
      "0\r\n\r\nmore" => 500, "" => 200 }.each do |body, status|
      server = serve_rack(->(_) { [200, { "transfer-encoding" => "chunked" }, [body]] }, log_level: "none")
      answer = raw(server, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
      assert_match(/\AHTTP\/1.1 #{status} /, answer, body)
      refute_match(/\r\n0\r\n\r\n\z/, answer, body) # not as if it were complete
    end
    server = serve_rack(->(_) { [200, { "transfer-encoding" => "gzip" }, []] }, log_level: "none")
    assert_equal "500", get(server).code
  end

  INPUTS = {
    all: ->(io) { [io.read, io.read, io.read(1)] },
    pieces: ->(io) { [io.read(4), io.read(0), io.read(100), io.read(1)] },
    buffer: ->(io) { [io.read(3, buffer = +"old"), buffer, io.read(nil, buffer), io.read(3, buffer), buffer] },
    lines: ->(io) { [io.gets, io.read(2), io.gets, io.gets, io.gets] },
    each: ->(io) { [io.each.to_a, io.rewind, io.to_a.size, io.size, io.external_encoding] },
    rest_after_a_line: ->(io) { [io.gets, io.read] }
  }.freeze

  # As StringIO does it.
  def test_input
    seen = nil
    server = serve_rack { |env| (seen = INPUTS[env["PATH_INFO"][1..].to_sym].call(env["rack.input"])) && [200, {}, []] }
    ["one\ntwo\n\nlast", "", "\n", "x" * 50_000 + "\n" + "y" * 50_000].each do |body|
      INPUTS.each do |name, read|
        Net::HTTP.post(URI("http://#{server.address}/#{name}"), body, TEXT)
        assert_equal read.call(StringIO.new(body.b)), seen, "#{name} of #{body[0, 20].inspect}"
      end
    end
  end

  # An application that Lint finds nothing wrong with, nor with what the server gives it.
  def serve_linted(app = nil, **options, &block)
    serve_rack(Rack::Lint.new(app || block), **options)
  end

  def test_under_lint
    server = serve_linted do |env|
      input = env["rack.input"].read
      [200, { "content-type" => "text/plain", "content-length" => input.bytesize.to_s }, [input]]
    end
    Net::HTTP.start("127.0.0.1", server.port) do |http|
      100.times { |i| assert_equal "body #{i}", http.post("/a?b=#{i}", "body #{i}").body }
    end
  end

  def test_unusual_requests_under_lint
    server = serve_linted(url_prefix: "/shop") do |env|
      body = env["PATH_INFO"].to_s
      [200, { "content-type" => "text/plain", "content-length" => body.bytesize.to_s }, [body]]
    end
    { "GET http://example.com/shop/a?b HTTP/1.1\r\nHost: x" => "/a", "GET /shop HTTP/1.0" => "",
      "GET /shop/%FF HTTP/1.1\r\nHost: [::1]:8080" => "/%FF", "OPTIONS /shop/ HTTP/1.1\r\nHost: x:1" => "/",
      "MKCALENDAR /shop/c HTTP/1.0\r\nHost:" => "/c",
      "POST /shop/p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked" => "/p" }.each do |head, path|
      body = head.end_with?("chunked") ? "0\r\n\r\n" : ""
      answer = raw(server, "#{head}\r\nConnection: close\r\n\r\n#{body}")
      assert_match(%r{\AHTTP/1.\d 200 .*\r\n\r\n#{Regexp.escape(path.b)}\z}mn, answer, head)
    end
  end

  def test_streams_under_lint
    server = serve_linted do |env|
      env["rack.response_finished"]&.push(->(*) {})
      parts = Enumerator.new { |out| 3.times { |i| out << "part #{i}\n" } }
      [200, { "content-type" => "text/plain" }, parts]
    end
    assert_equal "part 0\npart 1\npart 2\n", get(server).body
  end

  # Rack 2's Lint does not know bodies that are called.
  unless IS_RACK_2
    def test_a_body_that_is_called_under_lint
      server = serve_linted do
        [200, { "content-type" => "text/plain" }, lambda do |stream|
          stream << "a" << stream.read(1)
          stream.flush
          stream.close
        end]
      end
      assert_equal "ab", Net::HTTP.post(URI("http://#{server.address}/"), "bc", TEXT).body
    end

    def test_partial_hijack_under_lint
      server = serve_linted do |env|
        raise "no hijack" unless env["rack.hijack?"]

        [200, { "content-type" => "x/y", "rack.hijack" => ->(io) { io.write("raw"); io.close } }, []]
      end
      assert_match(/\r\n\r\nraw\z/, raw(server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
    end
  end

  def test_full_hijack_under_lint
    server = serve_linted do |env|
      io = env["rack.hijack"].call
      io.write("HTTP/1.1 200 OK\r\n\r\nmine")
      io.close
      [200, { "content-type" => "text/plain" }, []]
    end
    assert_match(/\r\n\r\nmine\z/, raw(server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
  end
end
