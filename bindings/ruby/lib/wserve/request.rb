require "socket"
require "wserve/fields"

module Wserve
  # One request and its answer. Errors are Wserve::StateError for calls that come too early, too late or twice, and
  # Wserve::DisconnectedError once the client has left. Of several threads one at a time answers; the others wait.
  #
  # Besides the methods below it has these, which are functions of the library (ws_request_*, see request.h):
  #
  # get(key)::                        value of an environ key, binary, or nil
  # set(key, value)::                 changes the environ
  # environ::                         all of it, a Hash
  # body_size, rewind::               of the body; -1, and an error, for one that is streamed and has no known length
  # read_some(size)::                 what is there, at least a byte, or nil at the end; of a streamed body it waits
  # trailers::                        [name, value] of the fields behind a chunked body that was read to its end
  # gone::                            0 while the client waits, else the reason (Native::GONE_*)
  # reply(status, type, body)::       the whole answer; in place of the Content-Type it may have a Hash of fields, as respond
  # start(status, reason)::           begins an answer
  # add_header(name, value)::         before the first byte of the body
  # write(bytes), flush::             sends at once, and the head alone
  # send_file(fd, offset, size)::     without reading it into memory
  # try_write(bytes)::                false, and nothing was sent, while more than the mark waits for the client
  # pending, set_mark(bytes)::        bytes that wait for the client, and how many may
  # event_fd::                        a descriptor that is readable when there is news: see ws_request_event_fd
  # add_trailer(name, value)::        behind a chunked body
  # interim(status)::                 such as 103, with the fields added so far
  # finish(last = nil)::             ends the answer; its last part goes with the end
  # fail_with(text)::                 a 500, or the end of the connection once the head is sent
  # release::                         gives the request back; the server does it behind the block
  Request = Native::Request

  class Native::Request # :nodoc:
    PIECE = 64 * 1024
    LARGEST_ADVANCE = 1024 * 1024 # memory for what a client has announced, before it comes
    private_constant :PIECE, :LARGEST_ADVANCE

    # Value of an environ key, such as "PATH_INFO", or nil.
    def [](key)
      get(key)
    end

    # Whether nobody waits for the answer any more, or the server wants to stop. Ask it now and then in long work.
    def gone?
      gone != Native::GONE_NO
    end

    # The body from where the last read ended: up to +length+ bytes, nil at its end; without a length all of it.
    def read(length = nil)
      return length.zero? ? "".b : read_some(length) if length

      body = String.new(capacity: body_size.clamp(0, LARGEST_ADVANCE), encoding: Encoding::BINARY)
      while (piece = read_some(PIECE))
        body << piece
      end
      body
    end

    # Begins an answer with these fields; values are Strings, or Arrays of them.
    #
    #   request.respond(200, "Content-Type" => "text/event-stream") { |out| out.write("data: 1\n\n") }
    #
    # With a block the answer ends behind it.
    def respond(status, fields = {})
      self.begin(status, nil, Fields.pack(fields))
      return self unless block_given?

      yield self
      finish
      self
    end

    # write, so that a request can be written to like an IO.
    def <<(bytes)
      write(bytes)
      self
    end

    # Sends an interim 103 with these fields, such as { "Link" => "</a.css>; rel=preload" }.
    # All of them, or none.
    def early_hints(fields, lists = false)
      packed = Fields.pack(fields, lists)
      check_fields(103, packed)
      add_headers(packed)
      interim(103)
    end

    # Keeps the request beyond the block: answer from any thread, and then call #release.
    def defer(is_deferred = true)
      @is_deferred = is_deferred
      self
    end

    # Whether #defer was called.
    def deferred?
      @is_deferred == true
    end

    # Takes the connection out of the server, to speak another protocol on it. The IO is the caller's to close; what the
    # client has sent behind the request is read from it first.
    def hijack
      fd, left = detach
      io = Socket.for_fd(fd)
      io.sync = true
      io.binmode
      io.ungetbyte(left) unless left.empty?
      io
    end
  end
end
