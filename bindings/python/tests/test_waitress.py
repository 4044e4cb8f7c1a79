"""Both servers side by side: the same application, the same bytes, what a client sees of each."""
import contextlib
import signal
import socket
import sys
import unittest

from support import TIME, Program, is_served, free_port, wait_until

APP = """
import io, sys
def app(environ, start_response):
    path = environ["PATH_INFO"]
    body = environ["wsgi.input"].read()
    headers = [("Content-Type", "text/plain")]
    if path == "/environ":
        keys = sorted(k for k in environ if k.isupper() or k.startswith("wsgi.")
                      if k not in ("REMOTE_PORT", "SERVER_PORT", "SERVER_NAME", "SERVER_SOFTWARE", "wsgi.errors",
                                   "wsgi.input", "wsgi.file_wrapper", "wsgi.early_hints"))
        text = "".join(f"{k}={environ[k]!r}\\n" for k in keys).encode()
        start_response("200 OK", headers)
        return [text + body]
    if path == "/write":
        write = start_response("200 OK", headers + [("Content-Length", "9")])
        write(b"abc")
        write(b"def")
        return [b"ghi"]
    if path == "/short":
        start_response("200 OK", headers + [("Content-Length", "9")])
        return [b"abc"]
    if path == "/long":
        start_response("200 OK", headers + [("Content-Length", "2")])
        return [b"abc"]
    if path == "/late":
        def pieces():
            start_response("200 OK", headers)
            yield b"abc"
            yield b"def"
        return pieces()
    if path == "/fail":
        raise RuntimeError("no")
    if path == "/hop":
        start_response("200 OK", headers + [("Connection", "close")])
        return [b"x"]
    if path == "/none":
        start_response("204 No Content", [])
        return []
    if path == "/twice":
        start_response("200 OK", headers)
        try:
            raise KeyError
        except KeyError:
            start_response("500 Other", headers + [("X-Other", "1")], sys.exc_info())
        return [b"other"]
    if path == "/file":
        start_response("200 OK", headers + [("Content-Length", "100")])
        return environ["wsgi.file_wrapper"](io.BytesIO(b"0123456789"))
    start_response("200 OK", headers)
    return [body or b"hello"]
"""
SERVE = "\nimport {0}\n{0}.serve(app, listen='127.0.0.1:{1}', **{2!r})"


def get(target, *fields, version="1.1", method="GET", body=""):
    lines = [f"{method} {target} HTTP/{version}", "Host: example.com", *fields, "Connection: close"]
    return "\r\n".join(lines) + "\r\n\r\n" + body


REQUESTS = {
    "hello": get("/"), "1.0": get("/", version="1.0"), "body": get("/", "Content-Length: 3", method="POST", body="abc"),
    "chunked": get("/", "Transfer-Encoding: chunked", method="POST", body="3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
    "no such length": get("/", "Content-Length: abc"), "two lengths": get("/", "Content-Length: +3", body="abc"),
    "bad chunk": get("/", "Transfer-Encoding: chunked", method="POST", body="x\r\nabc\r\n0\r\n\r\n"),
    "gzip": get("/", "Transfer-Encoding: gzip, chunked", method="POST"), "bad field": get("/", "Na me: x"),
    "bare LF": get("/", "X: a\nY: b"), "write": get("/write"), "short": get("/short"), "long": get("/long"),
    "late": get("/late"), "late 1.0": get("/late", version="1.0"), "fail": get("/fail"), "hop": get("/hop"),
    "none": get("/none"), "twice": get("/twice"), "file": get("/file"),
    "large head": get("/", "X: " + "x" * 3000), "large body": get("/", "Content-Length: 5000"),
    "environ": get("/environ?a=%20b", "X-One: 1", "X-One: 2", "Cookie: a=b", "X_Drop: 1", "Accept: */*"),
    "environ of a body": get("/environ", "Content-Type: text/plain", "Content-Length: 3", method="POST", body="abc"),
    "environ of chunks": get("/environ", "Transfer-Encoding: chunked", method="PUT", body="3\r\nabc\r\n0\r\n\r\n"),
    "escapes": get("/environ/../%41%c3%a9;p?q=%zz"), "slashes": get("/environ//x"),
    "untrusted": get("/environ", "X-Forwarded-Proto: https", "X-Forwarded-For: 192.0.2.1", "Forwarded: for=192.0.2.1"),
}
LIMITS = {"max_request_header_size": 2000, "max_request_body_size": 2000,
          "clear_untrusted_proxy_headers": True}  # as Waitress does since 3.0
TRUST = {"clear_untrusted_proxy_headers": True, "trusted_proxy": "127.0.0.1", "trusted_proxy_count": 2,
         "trusted_proxy_headers": "x-forwarded-for x-forwarded-proto x-forwarded-host"}
TRUSTED = {
    "one hop": get("/environ", "X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: https"),
    "two hops": get("/environ", "X-Forwarded-For: 192.0.2.2, 192.0.2.3", "X-Forwarded-Host: b, c:81"),
    "no scheme": get("/environ", "X-Forwarded-Proto: ftp"),
    "two schemes": get("/environ", "X-Forwarded-Proto: http, https"),
}


class Seen:
    """What a client sees: status, body, and the fields that say how."""

    def __init__(self, raw):
        head, _, body = raw.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = lines[0].split(" ", 1)[1] if " " in lines[0] else lines[0]
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        self.type = fields.get("content-type")
        self.other = fields.get("x-other")
        self.length = fields.get("content-length")
        self.is_chunked = "transfer-encoding" in fields
        self.body = self.decode(body) if self.is_chunked else body

    @staticmethod
    def decode(body):
        whole = b""
        while body:
            size, _, body = body.partition(b"\r\n")
            length = int(size or b"0", 16)
            whole, body = whole + body[:length], body[length + 2:]
        return whole

    def essence(self):
        # Error pages have words of their own.
        code = self.status.split()[0]
        body = self.body if code == "200" or self.other else b""
        lines = body.decode("latin-1").split("\n")
        return {"code": code, "type": self.type, "other": self.other, "body": lines,
                "length": self.length if code == "200" else None, "chunked": self.is_chunked if code == "200" else None}


class SideBySide(unittest.TestCase):
    maxDiff = None

    @contextlib.contextmanager
    def both(self, **adjustments):
        ports, programs = [], []
        try:
            for name in ("waitress", "wserve"):
                ports.append(free_port())
                programs.append(Program(APP + SERVE.format(name, ports[-1], adjustments), flags=()))
                wait_until(lambda: is_served(ports[-1]))
            yield ports
        finally:
            for program in programs:
                program.process.send_signal(signal.SIGKILL if program is programs[0] else signal.SIGTERM)
                program.process.communicate(timeout=TIME)

    def seen(self, port, request):
        with socket.create_connection(("127.0.0.1", port), TIME) as client:
            client.sendall(request.encode("latin-1"))
            return Seen(client.makefile("rb").read()).essence()

    def compare(self, requests, **adjustments):
        with self.both(**adjustments) as (theirs, ours):
            for name, request in requests.items():
                with self.subTest(name):
                    self.assertEqual(self.seen(ours, request), self.seen(theirs, request))

    def test_requests(self):
        self.compare(REQUESTS, **LIMITS)

    def test_prefix_and_scheme(self):
        requests = {path: get(path) for path in ("/environ", "/foo/environ", "/foo", "/foobar")}
        self.compare(requests, url_prefix="/foo/", url_scheme="https")

    def test_trusted_proxy(self):
        self.compare(TRUSTED, **TRUST)


if __name__ == "__main__":
    unittest.main()
