"""wsgi.input while the body still comes, and writes that do not wait."""
import io
import os
import select
import socket
import threading
import unittest
from wsgiref.validate import validator

import wserve
from support import TEXT, TIME, client_of, serving

CHUNKED = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def reading(read):
    """An application that answers with what `read` makes of the body."""
    def app(environ, start_response):
        said = repr(read(environ["wsgi.input"])).encode()
        start_response("200 OK", TEXT)
        return [said]
    return app


class Recorder:
    """An application that keeps what reading raises."""

    def __init__(self):
        self.error = None
        self.is_reading = threading.Event()
        self.has_ended = threading.Event()

    def __call__(self, environ, start_response):
        try:
            self.is_reading.set()
            environ["wsgi.input"].read()
        except OSError as error:
            self.error = error
            raise
        finally:
            self.has_ended.set()
        start_response("200 OK", TEXT)
        return [b""]


class Stream(unittest.TestCase):
    def serving(self, app, **adjustments):
        return serving(app, body_streaming=True, **adjustments)

    def test_is_read_while_it_comes(self):
        def app(environ, start_response):
            start_response("200 OK", TEXT)
            for line in environ["wsgi.input"]:
                yield line.upper()
        with self.serving(app) as server, client_of(server) as client:
            client.send(CHUNKED.encode() + chunk(b"one\ntw"))
            while client.file.readline().strip():
                pass
            self.assertEqual(client.file.read(9), b"4\r\nONE\n\r\n")
            client.send(chunk(b"o\n"))
            self.assertEqual(client.file.read(9), b"4\r\nTWO\n\r\n")
            client.send(b"0\r\n\r\n")
            self.assertEqual(client.file.read(5), b"0\r\n\r\n")

    def test_every_form(self):
        """Whatever the pieces are in which it comes."""
        forms = [lambda f: f.read(), lambda f: f.read(-1), lambda f: f.read(5), lambda f: f.readline(),
                 lambda f: f.readline(2), lambda f: f.readlines(), lambda f: f.readlines(3), lambda f: list(f),
                 lambda f: [f.read(1), f.readline(), f.read()], lambda f: [f.read(), f.read(), f.readline()],
                 lambda f: [f.read(0), f.read()], lambda f: io.TextIOWrapper(f).read()]
        body = b"one\ntwo\n\nthree"
        for form in forms:
            for head in (CHUNKED.encode(), b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body)):
                with self.serving(reading(form)) as server, client_of(server) as client:
                    client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    client.send(head)
                    for at in range(len(body)):
                        piece = body[at:at + 1]
                        client.send(chunk(piece) if b"chunked" in head else piece)
                    client.send(b"0\r\n\r\n" if b"chunked" in head else b"")
                    self.assertEqual(eval(client.read().body), form(io.BytesIO(body)))

    def test_no_body(self):
        with self.serving(reading(lambda f: [f.read(), f.readline(), list(f)])) as server:
            with client_of(server) as client:
                self.assertEqual(eval(client.ask().body), [b"", b"", []])

    def test_validator(self):
        def app(environ, start_response):
            body = environ["wsgi.input"].read(100000)
            start_response("200 OK", TEXT)
            return [body]
        with self.serving(validator(app)) as server, client_of(server) as client:
            self.assertEqual(client.ask("/", "POST", body=b"x" * 5000).body, b"x" * 5000)

    def test_environ_of_unknown_length(self):
        def app(environ, start_response):
            start_response("200 OK", TEXT)
            seen = environ.get("CONTENT_LENGTH"), environ["wsgi.input_terminated"], environ["wsgi.input"].seekable()
            return [repr(seen).encode()]
        with self.serving(app) as server, client_of(server) as client:
            client.send(CHUNKED)
            self.assertEqual(eval(client.read().body), (None, True, False))

    def test_other_threads_run_while_one_waits(self):
        """With the interpreter's lock held in the wait nothing here would go on."""
        with self.serving(reading(lambda f: f.read()), threads=2) as server:
            with client_of(server) as slow, client_of(server) as other:
                slow.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n")
                self.assertEqual(other.ask("/", "POST", body=b"abc").body, b"b'abc'")
                slow.send("body")
                self.assertEqual(slow.read().body, b"b'body'")

    def test_expect_is_answered_by_the_first_read(self):
        def app(environ, start_response):
            if environ["PATH_INFO"] == "/refuse":
                start_response("403 Forbidden", TEXT)
                return [b"no"]
            return reading(lambda f: f.read())(environ, start_response)
        for path, line in (("/refuse", b"HTTP/1.1 403 Forbidden\r\n"), ("/", b"HTTP/1.1 100 Continue\r\n")):
            with self.serving(app) as server, client_of(server) as client:
                client.send(f"PUT {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
                self.assertEqual(client.file.readline(), line)
                if path == "/":
                    client.file.readline()
                    client.send("body")
                    self.assertEqual(client.read().body, b"b'body'")

    def test_client_that_leaves(self):
        app = Recorder()
        with self.serving(app) as server:
            with client_of(server) as client:
                client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf")
                self.assertTrue(app.is_reading.wait(TIME))
            self.assertTrue(app.has_ended.wait(TIME))
        self.assertIsInstance(app.error, wserve.ClientDisconnected)

    def test_client_that_is_too_slow(self):
        app = Recorder()
        with self.serving(app, body_timeout=1) as server, client_of(server) as client:
            client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf")
            self.assertEqual(client.read().status, 408)
            self.assertTrue(app.has_ended.wait(TIME))
        self.assertIsInstance(app.error, wserve.ClientDisconnected)
        self.assertIn("too long", str(app.error))

    def test_trailers(self):
        def app(environ, start_response):
            request = environ["wserve.request"]
            try:
                early = request.trailers()
            except wserve.StateError:
                early = "early"
            environ["wsgi.input"].read()
            start_response("200 OK", TEXT)
            return [repr((early, request.trailers())).encode()]
        with self.serving(app) as server, client_of(server) as client:
            client.send(CHUNKED + "3\r\nabc\r\n")
            client.send("0\r\nX-Sum: 7\r\nX-B: \xe9\r\n\r\n")
            said = eval(client.read().body)
            self.assertEqual(said[1], [("X-Sum", "7"), ("X-B", "\xe9")])
        with serving(app) as server, client_of(server) as client:
            client.send(CHUNKED + "3\r\nabc\r\n0\r\nX-Sum: 7\r\n\r\n")
            self.assertEqual(eval(client.read().body), ([("X-Sum", "7")], [("X-Sum", "7")]))

    def test_a_request_that_ends_while_a_thread_reads(self):
        errors = []
        threads = []

        def app(environ, start_response):
            def read():
                try:
                    environ["wsgi.input"].read()
                except OSError as error:
                    errors.append(error)
            threads.append(threading.Thread(target=read))
            threads[0].start()
            start_response("200 OK", TEXT)
            return [b"early"]
        with self.serving(app) as server:
            with client_of(server) as client:
                client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n")
                self.assertEqual(client.read().body, b"early")
            threads[0].join(TIME)
        self.assertFalse(threads[0].is_alive())

    def test_inline_never_waits(self):
        raised = []
        forms = (lambda f: f.read(), lambda f: f.read(9), lambda f: f.read1(9), lambda f: f.readinto(bytearray(9)),
                 lambda f: f.readline(), lambda f: f.readlines(), list)

        def app(environ, start_response):
            for read in forms:
                try:
                    read(environ["wsgi.input"])
                except wserve.StateError as error:
                    raised.append(str(error))
            start_response("200 OK", TEXT)
            return [b""]
        with self.serving(app, threads=0) as server, client_of(server) as client:
            client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n")
            self.assertEqual(client.read().status, 200)
        self.assertEqual(len(raised), len(forms))
        for text in raised:
            self.assertIn("threads=0", text)


class News(unittest.TestCase):
    def test_tells_of_a_client_that_left(self):
        told = threading.Event()
        is_waiting = threading.Event()

        def app(environ, start_response):
            news = select.poll()
            news.register(environ["wserve.request"], select.POLLIN)
            is_waiting.set()
            while not environ["waitress.client_disconnected"]():
                news.poll()
            told.set()
            start_response("200 OK", TEXT)
            return [b""]
        with serving(app) as server:
            with client_of(server) as client:
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                self.assertTrue(is_waiting.wait(TIME))
            self.assertTrue(told.wait(TIME))

    def test_when_gone_needs_no_interval(self):
        called = threading.Event()
        is_waiting = threading.Event()

        def app(environ, start_response):
            with wserve.when_gone(environ, called.set, interval=3600):
                is_waiting.set()
                called.wait(TIME)
            start_response("200 OK", TEXT)
            return [b""]
        with serving(app) as server:
            with client_of(server) as client:
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                self.assertTrue(is_waiting.wait(TIME))
            self.assertTrue(called.wait(TIME))

    def test_when_gone_is_not_called_for_who_stays(self):
        called = []

        def app(environ, start_response):
            with wserve.when_gone(environ, lambda: called.append(1)):
                pass
            start_response("200 OK", TEXT)
            return [str(len(os.listdir("/proc/self/fd"))).encode()]
        with serving(app, threads=1) as server, client_of(server) as client:
            before = client.ask().body
            for _ in range(20):
                after = client.ask().body
        self.assertEqual((called, after), ([], before))


class TryWrite(unittest.TestCase):
    def test_takes_nothing_above_the_mark(self):
        seen = []

        def app(environ, start_response):
            request = environ["wserve.request"]
            request.set_mark(100000)
            start_response("200 OK", TEXT)
            while request.try_write(b"x" * 16384):
                pass
            seen.append(request.pending())
            while not request.try_write(b"end"):
                select.select([request], [], [])
            return []
        with serving(app) as server, client_of(server) as client:
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            body = client.read().body
        self.assertGreater(seen[0], 100000)
        self.assertEqual((len(body) % 16384, body[-4:]), (3, b"xend"))

    def test_before_the_answer_has_begun(self):
        def app(environ, start_response):
            try:
                environ["wserve.request"].try_write(b"x")
            except wserve.StateError as error:
                start_response("200 OK", TEXT)
                return [str(error).encode()]
        with serving(app) as server, client_of(server) as client:
            self.assertIn(b"start_response", client.ask().body)


if __name__ == "__main__":
    unittest.main()
