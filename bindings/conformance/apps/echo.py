"""The echo app as a WSGI application, under wsgiref.validate."""
import gc
import os
import re
import signal
import sys
import threading
import time
from wsgiref.validate import validator

import wserve

TEXT = ("Content-Type", "text/plain")
BINARY = ("Content-Type", "application/octet-stream")


def known(start_response, body, *headers, status="200 OK"):
    start_response(status, [*(headers or (TEXT,)), ("Content-Length", str(len(body)))])
    return [body]


def hello(environ, start_response):
    return known(start_response, b"Hello, World!\n")


def echo(environ, start_response):
    kind = environ.get("CONTENT_TYPE") or BINARY[1]
    return known(start_response, environ["wsgi.input"].read(-1), ("Content-Type", kind))


def pieces_of(body):
    while piece := body.read(64 * 1024):
        yield piece


def stream(environ, start_response):
    start_response("200 OK", [BINARY])
    return pieces_of(environ["wsgi.input"])


def count(environ, start_response):
    size = sum(map(len, pieces_of(environ["wsgi.input"])))
    return known(start_response, b"%d\n" % size, TEXT)


def twice(environ, start_response):
    body = environ["wserve.body"]
    first = body.read()
    body.seek(0)
    return known(start_response, first + body.read(), BINARY)


def seen(environ):
    host = environ.get("HTTP_HOST", "")
    path = environ["SCRIPT_NAME"] + environ["PATH_INFO"]
    query = environ["QUERY_STRING"]
    lines = {"method": environ["REQUEST_METHOD"],
             "url": f"{environ['wsgi.url_scheme']}://{host}{path}" + (f"?{query}" if query else ""),
             "scheme": environ["wsgi.url_scheme"], "script_name": environ["SCRIPT_NAME"],
             "path_info": environ["PATH_INFO"], "query_string": query, "protocol": environ["SERVER_PROTOCOL"],
             "remote_addr": environ["REMOTE_ADDR"], "content_type": environ.get("CONTENT_TYPE", ""),
             "content_length": environ.get("CONTENT_LENGTH", "")}
    fields = sorted((f"field.{key[5:].lower().replace('_', '-')}", value) for key, value in environ.items()
                    if key.startswith("HTTP_"))
    return "".join(f"{name}={value}\n" for name, value in [*lines.items(), *fields]).encode("latin-1")


def request(environ, start_response):
    return known(start_response, seen(environ))


def fields(environ, start_response):
    return known(start_response, b"fields\n", TEXT, ("X-Repeat", "one"), ("X-Repeat", "two"), ("Set-Cookie", "a=1"),
                 ("Set-Cookie", "b=2"), ("X-Empty", ""))


def once(environ, start_response):
    return known(start_response, b"once\n", ("Content-Type", "text/html"), TEXT, ("Location", "/a"), ("Location", "/b"))


def status(environ, start_response):
    code = environ["PATH_INFO"].rpartition("/")[2]
    if code in ("204", "304"):
        start_response(f"{code} No Content", [])
        return []
    return known(start_response, f"status {code}\n".encode(), status=f"{code} Some Reason")


def binary(environ, start_response):
    return known(start_response, bytes(range(256)), BINARY)


def large(environ, start_response):
    size = int(environ["PATH_INFO"].rpartition("/")[2])
    return known(start_response, (bytes(range(251)) * (size // 251 + 1))[:size], BINARY)


def file(environ, start_response):
    opened = open(environ["QUERY_STRING"], "rb")
    start_response("200 OK", [BINARY, ("Content-Length", str(os.path.getsize(environ["QUERY_STRING"])))])
    return environ["wsgi.file_wrapper"](opened)


def early(environ, start_response):
    environ["wsgi.early_hints"]([("Link", "</style.css>; rel=preload")])
    return hello(environ, start_response)


def trailer(environ, start_response):
    start_response("200 OK", [TEXT])

    def pieces():
        yield b"trailer\n"
        environ["wserve.request"].add_trailer("X-Sum", "8")

    return pieces()


def flush(environ, start_response):
    start_response("200 OK", [TEXT])

    def pieces():
        yield b"first\n"
        with open(environ["QUERY_STRING"]) as fifo:
            fifo.read()
        yield b"second\n"

    return pieces()


def fail(environ, start_response):
    raise RuntimeError("as asked")


def fail_late(environ, start_response):
    start_response("200 OK", [TEXT])

    def pieces():
        yield b"first\n"
        raise RuntimeError("as asked")

    return pieces()


class Finished:
    """After the answer's end: close() is called then."""

    def __init__(self, write, path):
        self._pieces = iter([b"Hello, World!\n"])
        self._write = write
        self._path = path

    def __iter__(self):
        return self._pieces

    def close(self):
        try:
            self._write(b"x")
            said = "accepted\n"
        except wserve.StateError:
            said = "refused\n"
        with open(self._path, "w") as fifo:
            fifo.write(said)


def finished(environ, start_response):
    write = start_response("200 OK", [TEXT, ("Content-Length", "14")])
    return Finished(write, environ["QUERY_STRING"])


def gone(environ, start_response):
    is_gone = environ["waitress.client_disconnected"]
    with open(environ["QUERY_STRING"], "w") as fifo:
        fifo.write("waiting\n")
        fifo.flush()
        deadline = time.monotonic() + 10
        while not is_gone() and time.monotonic() < deadline:
            time.sleep(0.01)
        fifo.write("gone\n" if is_gone() else "still there\n")
    return known(start_response, b"")


def upgrade(environ, start_response):
    with wserve.detach(environ) as connection:
        connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
        while piece := connection.recv(4096):
            connection.sendall(piece)
    start_response("101 Switching Protocols", [TEXT])
    return []


def upgrade_required(environ, start_response):
    return known(start_response, b"use TLS\n", TEXT, ("Upgrade", "TLS/1.3"), status="426 Upgrade Required")


ROUTES = {"/hello": hello, "/echo": echo, "/stream": stream, "/count": count, "/request": request, "/fields": fields, "/once": once,
          "/binary": binary,
          "/early": early, "/trailer": trailer, "/flush": flush, "/raise": fail, "/raise-late": fail_late, "/gone": gone}
# Where wsgiref.validate stands in the way: it hides what a body can do, and knows no status 101.
UNCHECKED = {"/file": file, "/finished": finished, "/upgrade": upgrade, "/upgrade-required": upgrade_required}


def checked(environ, start_response):
    path = environ["PATH_INFO"]
    if re.fullmatch(r"/status/\d+", path):
        return status(environ, start_response)
    if re.fullmatch(r"/large/\d+", path):
        return large(environ, start_response)
    if path == "/twice":
        return twice(environ, start_response)
    if path in ROUTES:
        return ROUTES[path](environ, start_response)
    return known(start_response, b"no such route\n", status="404 Not Found")


VALIDATED = validator(checked)


def app(environ, start_response):
    path = environ["PATH_INFO"]
    environ["wserve.body"] = environ["wsgi.input"]
    if path in UNCHECKED:
        return UNCHECKED[path](environ, start_response)
    return VALIDATED(environ, start_response)


def collect_often():
    while True:
        gc.collect()
        time.sleep(0.001)


def main():
    settings = dict(word.removeprefix("--").split("=", 1) for word in sys.argv[1:])
    try:
        server = wserve.create_server(app, **settings)
    except (ValueError, OSError) as error:
        sys.exit(str(error))
    if settings.get("threads") == "0":
        del ROUTES["/gone"]  # nobody looks at the clients while the application runs
    if os.environ.get("WSERVE_GC_STRESS"):
        gc.set_threshold(10)
        threading.Thread(target=collect_often, daemon=True).start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: server.stop())
    host, port = server.effective_listen[0]
    print(f"Serving on unix:{port}" if host == "unix" else f"Serving on {host}:{port}", flush=True)
    server.run()


if __name__ == "__main__":
    main()
