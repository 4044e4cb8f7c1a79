require_relative "support"

# Several threads with one request: one at a time answers.
class TurnsTest < Minitest::Test
  include Serving

  MUCH = 16_000_000

  # Yields the request, and a thread that waits in a write for a client that reads nothing yet; gives the client.
  def with_waiting_writer
    entered = Queue.new
    server = serve(threads: 1, outbuf_high_watermark: 10_000, write_timeout: 3600, write_min_rate: 0) do |request|
      request.respond(200)
      writer = Thread.new { request.write("x" * MUCH) }
      sleep 0.001 until writer.status == "sleep"
      yield request, entered
      writer.join
    end
    client = TCPSocket.new("127.0.0.1", server.port)
    client.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    entered.pop
    [server, client]
  end

  # How many bytes come, and the last of them.
  def read_all(client)
    size = 0
    ending = ""
    Timeout.timeout(PATIENCE) do
      until client.eof?
        piece = client.readpartial(1 << 20)
        size += piece.bytesize
        ending = (ending + piece)[-100..]
      end
    end
    [size, ending]
  ensure
    client.close
  end

  {
    "finish" => [->(request) { request.finish }, /x\r\n0\r\n\r\n\z/],
    "write" => [->(request) { request.write("last") }, /x\r\n4\r\nlast\r\n0\r\n\r\n\z/],
    "flush" => [->(request) { request.flush }, /x\r\n0\r\n\r\n\z/],
    "add_trailer" => [->(request) { request.add_trailer("X-Sum", "1") }, /x\r\n0\r\nX-Sum: 1\r\n\r\n\z/],
    "fail_with" => [->(request) { request.fail_with(nil) }, /x\r\n\z/]
  }.each do |name, (call, ending)|
    define_method("test_#{name}_waits_for_a_write_of_another_thread") do
      waits = Queue.new
      _, client = with_waiting_writer do |request, entered|
        other = Thread.new { call.(request) }
        sleep 0.001 until !other.alive? || other.status == "sleep"
        waits << other.alive?
        request.gone? # never waits
        entered << true
        other.join
        request.finish
      rescue Wserve::StateError
        nil # it has ended
      end
      size, seen = read_all(client)
      assert waits.pop
      assert_operator size, :>, MUCH
      assert_match ending, seen
    end
  end

  # The other thread keeps what it uses.
  def test_a_request_may_be_released_while_another_thread_writes
    server, client = with_waiting_writer do |request, entered|
      request.release
      entered << true
    end
    assert_operator read_all(client)[0], :>, MUCH
    assert Timeout.timeout(PATIENCE) { server.stop.join }
  end
end
