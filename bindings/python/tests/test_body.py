"""PEP 3333, to the letter: bodies of answers, and files."""
import io
import tempfile
import threading
import unittest

import wserve
from support import TEXT, answering, ask, client_of, serving


class Pieces:
    """An iterable that counts how often it is closed."""

    def __init__(self, pieces, error=None):
        self.pieces = iter(pieces)
        self.error = error
        self.closed = 0

    def __iter__(self):
        return self.pieces

    def close(self):
        self.closed += 1
        if self.error:
            raise self.error


class OnePiece(Pieces):
    def __len__(self):
        return 1


class Body(unittest.TestCase):
    def test_one_piece_has_a_length(self):
        for result in ([b"abc"], (b"abc",), lambda: OnePiece([b"abc"])):
            answer = ask(answering(result))
            self.assertEqual((answer["Content-Length"], answer.body), ("3", b"abc"))

    def test_no_piece(self):
        for result in ([], (), lambda: iter(())):
            self.assertEqual(ask(answering(result))["Content-Length"], "0")

    def test_several_pieces_are_chunks(self):
        for result in ([b"ab", b"", b"c"], lambda: iter([b"ab", b"", b"c"])):
            self.assertEqual(ask(answering(result)).chunks, [b"ab", b"c"])

    def test_each_piece_is_sent_before_the_next_is_made(self):
        go_on = threading.Event()

        def app(environ, start_response):
            start_response("200 OK", TEXT)
            yield b"first"
            go_on.wait(10)
            yield b"second"
        with serving(app) as server, client_of(server) as client:
            client.send("GET / HTTP/1.0\r\n\r\n")
            while client.file.readline().strip():
                pass
            self.assertEqual(client.file.read(5), b"first")
            go_on.set()
            self.assertEqual(client.file.read(), b"second")

    def test_a_list_that_becomes_shorter_while_it_is_sent(self):
        pieces = [b"x" * 8_000_000] * 3
        may_end = threading.Event()

        def app(environ, start_response):
            start_response("200 OK", TEXT)
            threading.Thread(target=lambda: (may_end.wait(10), pieces.clear())).start()
            return pieces
        with self.assertLogs("wserve", "ERROR"), serving(app, outbuf_high_watermark=1000) as server:
            with client_of(server) as client:
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                self.assertTrue(client.file.read(100))
                may_end.set()
                self.assertNotIn(b"\r\n0\r\n", client.file.read())

    def test_write(self):
        def app(environ, start_response):
            write = start_response("200 OK", TEXT)
            write(b"one ")
            write(bytearray(b"two "))
            return [b"three"]
        self.assertEqual(ask(app).body, b"one two three")

    def test_too_long_is_cut(self):
        for pieces in ([b"abcdef"], [b"ab", b"cdef"]):
            app = answering(pieces, headers=[("Content-Length", "3")])
            with serving(app) as server, client_of(server) as client:
                self.assertEqual(client.ask().body, b"abc")
                self.assertEqual(client.ask().body, b"abc")  # the connection is still good

    def test_too_short_closes(self):
        app = answering([b"ab"], headers=[("Content-Length", "3")])
        with serving(app) as server, client_of(server) as client:
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assertTrue(client.file.read().endswith(b"\r\n\r\nab"))

    def test_not_bytes(self):
        with self.assertLogs("wserve", "ERROR") as log:
            self.assertEqual(ask(answering(["text"])).status, 500)
        self.assertIn("must be bytes", log.output[0])

    def test_close_is_always_called(self):
        for pieces in ([b"a", b"b"], []):
            made = Pieces(pieces)
            ask(answering(lambda: made))
            self.assertEqual(made.closed, 1)
        for app in (answering(lambda: made), lambda environ, start_response: made):
            made = Pieces([1])
            with self.assertLogs("wserve", "ERROR"):
                ask(app)
            self.assertEqual(made.closed, 1)

    def test_a_close_that_raises(self):
        made = Pieces([b"x"], error=OSError("disk"))
        with self.assertLogs("wserve", "ERROR") as log:
            self.assertEqual(ask(answering(lambda: made)).body, b"x")
        self.assertIn("disk", log.output[0])

    def test_head(self):
        made = OnePiece([b"abc"])
        answer = ask(answering(lambda: made), method="HEAD")
        self.assertEqual((answer["Content-Length"], answer.body, made.closed), ("3", b"", 1))

    def test_a_body_that_nobody_sees_is_not_made(self):
        for method, status in (("HEAD", "200 OK"), ("GET", "304 Not Modified"), ("GET", "204 No Content")):
            made = []

            def endless():
                try:
                    while True:
                        made.append(1)
                        yield b"x"
                finally:
                    made.append("closed")
            with serving(answering(endless, status)) as server, client_of(server) as client:
                for _ in range(2):
                    self.assertEqual(client.ask(method=method).status_line, f"HTTP/1.1 {status}")
            self.assertEqual(made, [1, "closed"] * 2)

    def test_client_that_leaves(self):
        errors = []
        ended = threading.Event()

        def app(environ, start_response):
            write = start_response("200 OK", TEXT)
            try:
                while True:
                    write(b"x" * 65536)
            except ConnectionError as error:
                errors.append(error)
                raise
            finally:
                ended.set()
        with serving(app) as server:
            with client_of(server) as client:
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                client.file.read(100)
            self.assertTrue(ended.wait(20))
        self.assertIsInstance(errors[0], wserve.ClientDisconnected)


class FileWrapper(unittest.TestCase):
    def ask(self, opened, headers=(), wrap=lambda wrapped: wrapped, **more):
        def app(environ, start_response):
            start_response("200 OK", TEXT + list(headers))
            return wrap(environ["wsgi.file_wrapper"](opened, 4096))
        return ask(app, **more)

    def opened(self, body=b"0123456789" * 5000):
        file = tempfile.TemporaryFile()
        self.addCleanup(file.close)
        file.write(body)
        file.seek(0)
        return file

    def test_file(self):
        file = self.opened()
        answer = self.ask(file)
        self.assertEqual((answer["Content-Length"], answer.body), ("50000", b"0123456789" * 5000))
        self.assertTrue(file.closed)

    def test_from_where_it_stands(self):
        file = self.opened(b"0123456789")
        file.read(4)
        self.assertEqual(self.ask(file).body, b"456789")

    def test_lengths(self):
        for declared, body in (("4", b"0123"), ("40", b"0123456789"), ("10", b"0123456789")):
            for file in (self.opened(b"0123456789"), io.BytesIO(b"0123456789")):
                answer = self.ask(file, [("Content-Length", declared)])
                self.assertEqual((answer.body, answer["Content-Length"]), (body, str(len(body))))

    def test_in_memory(self):
        self.assertEqual(self.ask(io.BytesIO(b"x" * 10000))["Content-Length"], "10000")

    def test_what_cannot_seek(self):
        class Unseekable:
            def __init__(self):
                self.left = [b"ab", b"cd"]

            def read(self, size):
                return self.left.pop(0) if self.left else b""
        self.assertEqual(self.ask(Unseekable()).chunks, [b"ab", b"cd"])

    def test_inside_of_middleware(self):
        shout = lambda wrapped: (piece.upper() for piece in wrapped)
        self.assertEqual(self.ask(self.opened(b"abc"), wrap=shout).body, b"ABC")

    def test_head(self):
        answer = self.ask(self.opened(b"abc"), method="HEAD")
        self.assertEqual((answer["Content-Length"], answer.body), ("3", b""))

    def test_empty(self):
        self.assertEqual(self.ask(self.opened(b"")).body, b"")


if __name__ == "__main__":
    unittest.main()
