"""Servers and raw clients for the tests."""
import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import wserve

TIME = 20  # seconds after which a test gives up
TESTS = pathlib.Path(__file__).resolve().parent
ROOT = TESTS.parents[2]
TEXT = [("Content-Type", "text/plain")]



def answering(result, status="200 OK", headers=()):
    """An application that answers so; a callable result is made anew for each request."""
    def app(environ, start_response):
        start_response(status, TEXT + list(headers))
        return result() if callable(result) else result
    return app


@contextlib.contextmanager
def serving(app, **adjustments):
    """A server on a thread of its own; gives it."""
    adjustments.setdefault("listen", "127.0.0.1:0")
    server = wserve.create_server(app, **adjustments)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server
    finally:
        server.drain(1)
        thread.join(TIME)
        if thread.is_alive():
            raise AssertionError("the server did not stop")


class Answer:
    """One answer, read where its framing says."""

    def __init__(self, file, is_head=False):
        self.status_line = file.readline().decode("latin-1").strip()
        self.fields = []
        while line := file.readline().strip():
            name, _, value = line.decode("latin-1").partition(":")
            self.fields.append((name.lower(), value.strip()))
        self.chunks = []
        self.body = b"" if is_head else self._read(file)

    @property
    def status(self):
        return int(self.status_line.split()[1])

    def __getitem__(self, name):
        return next((value for key, value in self.fields if key == name.lower()), None)

    def _read(self, file):
        if self["Transfer-Encoding"] == "chunked":
            while size := int(file.readline(), 16):
                self.chunks.append(file.read(size))
                file.readline()
            while file.readline().strip():
                pass
            return b"".join(self.chunks)
        if self["Content-Length"] is not None:
            return file.read(int(self["Content-Length"]))
        return b"" if self.status in (204, 304) else file.read()


class Client:
    """A connection."""

    def __init__(self, address):
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(TIME)
        self.socket.connect(address)
        self.file = self.socket.makefile("rb")

    def send(self, text):
        self.socket.sendall(text if isinstance(text, bytes) else text.encode("latin-1"))

    def ask(self, target="/", method="GET", fields=(), body=b"", version="1.1"):
        lines = [f"{method} {target} HTTP/{version}", "Host: example.com", *fields]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        self.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
        return Answer(self.file, method == "HEAD")

    def read(self):
        return Answer(self.file)

    def is_closed(self):
        try:
            return self.socket.recv(1) == b""
        except ConnectionError:
            return True

    def close(self):
        self.file.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.close()


def client_of(server):
    host, port = server.effective_listen[0]
    return Client(port if host == "unix" else (host, int(port)))


def ask(app, target="/", method="GET", fields=(), body=b"", **adjustments):
    """One request to an application of its own server."""
    with serving(app, **adjustments) as server, client_of(server) as client:
        return client.ask(target, method, fields, body)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as held:
        return held.getsockname()[1]


def wait_until(is_true, seconds=TIME):
    deadline = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > deadline:
            raise AssertionError("waited in vain")
        time.sleep(0.01)


def is_served(port):
    """Who asks for nothing is sent away by a server that runs; one that only listens lets it wait."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as client:
        client.shutdown(socket.SHUT_WR)
        client.settimeout(TIME)
        client.recv(1)
        return True
    return False


class Program:
    """A Python program of its own."""

    def __init__(self, source=None, arguments=(), folder=None, environment=None, flags=("-X", "dev")):
        command = [sys.executable, *flags, *(["-c", source] if source is not None else []), *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder,
                                        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **(environment or {})})

    def line(self):
        return self.process.stdout.readline().strip()

    def end(self, signal_number=None, seconds=TIME):
        """(status, standard output, standard error), perhaps after a signal."""
        if signal_number is not None:
            self.process.send_signal(signal_number)
        try:
            output, errors = self.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            output, errors = self.process.communicate()
            raise AssertionError(f"did not end: {output}\n{errors}") from None
        return self.process.returncode, output, errors


class FolderTest(unittest.TestCase):
    """With a folder of its own."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path
