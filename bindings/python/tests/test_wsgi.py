"""PEP 3333, to the letter."""
import io
import locale
import os
import subprocess
import sys
import tempfile
import threading
import unittest
from unittest import mock
from wsgiref.validate import validator

import wserve
from support import TEXT, answering, ask, client_of, serving

def reading(read):
    """An application that answers with what `read` makes of the body."""
    def app(environ, start_response):
        start_response("200 OK", TEXT)
        return [repr(read(environ["wsgi.input"])).encode()]
    return app


class Environ(unittest.TestCase):
    def environ(self, *request, **adjustments):
        seen = {}

        def app(environ, start_response):
            seen.update(environ)
            start_response("200 OK", TEXT)
            return [b"x"]
        ask(app, *request, **adjustments)
        return seen

    def test_keys(self):
        seen = self.environ("/a%20b%C3%A9/c?d=%41&e", "GET", ["X-Some: 1", "X-Some: 2", "User-Agent: caf\xe9"])
        expected = {"REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": "/a b\xc3\xa9/c",
                    "QUERY_STRING": "d=%41&e", "REQUEST_URI": "/a%20b%C3%A9/c?d=%41&e", "REMOTE_ADDR": "127.0.0.1",
                    "REMOTE_HOST": "127.0.0.1",
                    "SERVER_PROTOCOL": "HTTP/1.1", "SERVER_SOFTWARE": "wserve", "HTTP_HOST": "example.com",
                    "HTTP_X_SOME": "1, 2", "HTTP_USER_AGENT": "caf\xe9", "wsgi.version": (1, 0),
                    "wsgi.url_scheme": "http", "wsgi.multithread": True, "wsgi.multiprocess": False,
                    "wsgi.run_once": False, "wsgi.input_terminated": True, "wsgi.errors": sys.stderr}
        self.assertEqual({key: seen.get(key) for key in expected}, expected)
        self.assertNotIn("CONTENT_LENGTH", seen)
        self.assertFalse([key for key in seen if key.startswith("ws.")])
        self.assertTrue(all(type(value) is str for key, value in seen.items() if "." not in key))

    def test_values_do_not_stay(self):
        paths = []

        def app(environ, start_response):
            paths.append((environ["PATH_INFO"], environ.get("HTTP_X_ONCE")))
            start_response("200 OK", TEXT)
            return [b"x"]
        with serving(app) as server, client_of(server) as client:
            client.ask("/one", fields=["X-Once: yes"])
            client.ask("/two")
            client.ask("/two", fields=["X-Once: yes"])
        self.assertEqual(paths, [("/one", "yes"), ("/two", None), ("/two", "yes")])

    def test_many_fields(self):
        seen = self.environ("/", "GET", [f"X-Field-{i}: {i}" for i in range(90)])
        self.assertEqual([seen[f"HTTP_X_FIELD_{i}"] for i in range(90)], [str(i) for i in range(90)])

    def test_one_thread_is_not_several(self):
        self.assertIs(self.environ(threads=1)["wsgi.multithread"], False)

    def test_url_scheme_and_prefix(self):
        seen = self.environ("/foo/bar", url_scheme="https", url_prefix="/foo")
        self.assertEqual((seen["wsgi.url_scheme"], seen["SCRIPT_NAME"], seen["PATH_INFO"]), ("https", "/foo", "/bar"))


class Input(unittest.TestCase):
    def read(self, how, body=b"one\ntwo\nthree"):
        return eval(ask(reading(how), "/", "POST", body=body).body)

    def test_every_form(self):
        forms = [lambda f: f.read(), lambda f: f.read(-1), lambda f: f.read(5), lambda f: f.readline(),
                 lambda f: f.readline(2), lambda f: f.readlines(), lambda f: f.readlines(3), lambda f: list(f),
                 lambda f: [f.read(1), f.readline(), f.read()], lambda f: [f.read(), f.read(), f.readline()]]
        for form in forms:
            self.assertEqual(self.read(form), form(io.BytesIO(b"one\ntwo\nthree")))

    def test_seeks(self):
        self.assertEqual(self.read(lambda f: [f.read(), f.seek(4), f.readline(), f.tell(), f.seek(0, 2), f.read()]),
                         [b"one\ntwo\nthree", 4, b"two\n", 8, 13, b""])

    def test_no_body(self):
        self.assertEqual(self.read(lambda f: [f.read(), f.readline(), list(f)], b""), [b"", b"", []])

    def test_large_body_that_is_in_a_file(self):
        body = bytes(range(256)) * 12000

        def app(environ, start_response):
            start_response("200 OK", TEXT)
            return [environ["wsgi.input"].read()]
        self.assertEqual(ask(app, "/", "POST", body=body).body, body)

    def test_many_lines(self):
        self.assertEqual(self.read(lambda f: sum(1 for _ in f), b"\n" * 300000), 300000)

    def test_wrapped_as_text(self):
        self.assertEqual(self.read(lambda f: io.TextIOWrapper(f, "utf-8").read(), "é".encode()), "é")

    def test_after_the_end(self):
        kept = []

        def app(environ, start_response):
            kept.append(environ)
            start_response("200 OK", TEXT)
            return [b"x"]
        ask(app, "/", "POST", body=b"abc")
        with self.assertRaises(wserve.StateError):
            kept[0]["wsgi.input"].read()
        self.assertTrue(kept[0]["waitress.client_disconnected"]())


class StartResponse(unittest.TestCase):
    def raised_by(self, *arguments):
        """What a first call raises; a second one then answers."""
        seen = []

        def app(environ, start_response):
            try:
                start_response(*arguments)
            except Exception as error:
                seen.append(error)
                start_response("200 OK", TEXT)
            return [b"x"]
        answer = ask(app)
        self.assertEqual((answer.status, answer.body), (200, b"x"))
        return seen[0] if seen else None

    def test_refused_at_once(self):
        for arguments, kind, text in [
                ((b"200 OK", []), AssertionError, "status b'200 OK' is not a string"),
                (("OK", []), ValueError, "status must be three digits"),
                (("2000 OK", []), ValueError, "status must be three digits"),
                (("099 OK", []), ValueError, "status must be 200..599"),
                (("200 O\nK", []), ValueError, "CR, LF"),
                (("200 OK", [("X", b"y")]), AssertionError, "Header value b'y' is not a string in ('X', b'y')"),
                (("200 OK", [(1, "y")]), AssertionError, "Header name 1 is not a string"),
                (("200 OK", [("X", "a\r\nb")]), ValueError, "CR, LF"),
                (("200 OK", [("X\r", "a")]), ValueError, "token"),
                (("200 OK", [("X", "a\0b")]), ValueError, "NUL"),
                (("200 OK", [("X", "\u20ac")]), ValueError, "latin-1"),
                (("200 OK", [("X",)]), ValueError, "a name and a value"),
                (("200 OK", [("Content-Length", "many")]), ValueError, "Content-Length must be a number"),
                (("200 OK", [("Transfer-Encoding", "chunked")]), AssertionError, "hop-by-hop"),
                (("200 OK", [("connection", "close")]), AssertionError, "hop-by-hop"),
                (("200 OK",), TypeError, "start_response(")]:
            with self.subTest(arguments=arguments):
                error = self.raised_by(*arguments)
                self.assertIsInstance(error, kind)
                self.assertIn(text, str(error))

    def test_names_are_the_same_in_every_locale(self):
        """In Turkish an I is no i."""
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["localedef", "--no-archive", "-i", "tr_TR", "-f", "UTF-8", f"{folder}/tr_TR.UTF-8"], check=True)
            with mock.patch.dict(os.environ, {"LOCPATH": folder}):
                before = locale.setlocale(locale.LC_CTYPE)
                locale.setlocale(locale.LC_CTYPE, "tr_TR.UTF-8")
                try:
                    self.assertIn("hop-by-hop", str(self.raised_by("200 OK", [("CONNECTION", "close")])))
                finally:
                    locale.setlocale(locale.LC_CTYPE, before)

    def test_latin_1_goes_through(self):
        self.assertEqual(ask(answering([b"x"], headers=[("X-Name", "caf\xe9")]))["X-Name"], "caf\xe9")

    def test_late_in_the_first_next(self):
        def app(environ, start_response):
            start_response("201 Created", TEXT)
            yield b"late"
        answer = ask(app)
        self.assertEqual((answer.status, answer.body), (201, b"late"))

    def test_never(self):
        for result in ([b"x"], [], (b"x" for _ in range(1))):
            with self.assertLogs("wserve", "ERROR") as log:
                self.assertEqual(ask(lambda environ, start_response, r=result: r).status, 500)
            self.assertIn("start_response was not called before body written", log.output[0])

    def test_twice_without_exc_info(self):
        def app(environ, start_response):
            start_response("200 OK", TEXT)
            start_response("200 OK", TEXT)
        with self.assertLogs("wserve", "ERROR") as log:
            self.assertEqual(ask(app).status, 500)
        self.assertIn("start_response called a second time without providing exc_info.", log.output[0])

    def test_twice_with_exc_info(self):
        def app(environ, start_response):
            start_response("200 OK", [("X-First", "1")])
            try:
                raise KeyError("no")
            except KeyError:
                start_response("503 Sorry", TEXT, sys.exc_info())
            return [b"error page"]
        answer = ask(app)
        self.assertEqual((answer.status_line, answer.body), ("HTTP/1.1 503 Sorry", b"error page"))
        self.assertIsNone(answer["X-First"])

    def test_exc_info_after_the_head_raises_again(self):
        seen = []

        def app(environ, start_response):
            start_response("200 OK", TEXT)
            yield b"part"
            try:
                raise KeyError("no")
            except KeyError:
                try:
                    start_response("500 Sorry", TEXT, exc_info=sys.exc_info())
                except KeyError as error:
                    seen.append(error)
                    raise
        with self.assertLogs("wserve", "ERROR"), serving(app) as server, client_of(server) as client:
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assertNotIn(b"\r\n0\r\n", client.file.read())  # cut, so that the client sees it
        self.assertEqual(len(seen), 1)


class More(unittest.TestCase):
    def test_validated(self):
        def app(environ, start_response):
            body = environ["wsgi.input"].read(-1)
            environ["wsgi.errors"].write("")
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b"got ", body]
        self.assertEqual(ask(validator(app), "/x?y", "POST", body=b"abc").body, b"got abc")

    def test_early_hints(self):
        def app(environ, start_response):
            environ["wsgi.early_hints"]([("Link", "</a>; rel=preload")])
            start_response("200 OK", TEXT)
            return [b"x"]
        with serving(app) as server, client_of(server) as client:
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            hint = [client.file.readline() for _ in range(3)]
            self.assertEqual(hint, [b"HTTP/1.1 103 Early Hints\r\n", b"Link: </a>; rel=preload\r\n", b"\r\n"])
            self.assertEqual(client.read().body, b"x")

    def test_work_that_ends_when_the_client_has_left(self):
        inside, called = threading.Event(), threading.Event()

        def app(environ, start_response):
            with wserve.when_gone(environ, called.set, 0.01):
                inside.set()
                called.wait(20)
            start_response("200 OK", TEXT)
            return [b"x"]
        with serving(app) as server:
            with client_of(server) as client:
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                self.assertTrue(inside.wait(20))
                self.assertFalse(called.is_set())
            self.assertTrue(called.wait(20))

    def test_nobody_is_called_while_the_client_waits(self):
        called = []

        def app(environ, start_response):
            with wserve.when_gone(environ, lambda: called.append(1), 0):
                pass
            start_response("200 OK", TEXT)
            return [b"x"]
        self.assertEqual((ask(app).body, called), (b"x", []))

    def test_websocket_libraries_find_a_socket(self):
        def app(environ, start_response):
            connection = environ["werkzeug.socket"]  # the name that simple-websocket knows
            connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
            connection.sendall(connection.recv(10).upper())
            connection.close()
            start_response("200 OK", TEXT)
            return [b"never sent"]
        with serving(app) as server, client_of(server) as client:
            client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
            while client.file.readline().strip():
                pass
            client.send("hello")
            self.assertEqual(client.file.read(), b"HELLO")

    def test_a_socket_that_is_not_used_leaves_the_answer_alone(self):
        with serving(answering([b"no"], "400 Bad Request")) as server, client_of(server) as client:
            answer = client.ask(fields=["Connection: Upgrade", "Upgrade: websocket"])
            self.assertEqual((answer.status, answer.body), (400, b"no"))

    def test_failure(self):
        def app(environ, start_response):
            raise LookupError("caf\xe9 \u20ac")
        for exposed, words in ((False, "unexpected internal server error"), (True, "LookupError: caf\xe9 \u20ac")):
            with self.assertLogs("wserve", "ERROR") as log:
                answer = ask(app, "/some", expose_tracebacks=exposed)
            self.assertEqual(answer.status, 500)
            self.assertIn(words, answer.body.decode())
            self.assertEqual(len(log.records), 1)
            self.assertEqual(log.records[0].getMessage(), "Exception while serving /some")
            self.assertIsInstance(log.records[0].exc_info[1], LookupError)

    def test_what_ends_a_program_does_not_end_a_server(self):
        def app(environ, start_response):
            raise SystemExit(3)
        with self.assertLogs("wserve", "ERROR"), serving(app) as server:
            for _ in range(6):
                with client_of(server) as client:
                    self.assertEqual(client.ask().status, 500)


if __name__ == "__main__":
    unittest.main()
