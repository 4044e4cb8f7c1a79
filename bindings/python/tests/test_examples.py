"""The programs of examples/python do what they say."""
import base64
import contextlib
import hashlib
import importlib
import os
import re
import signal
import struct
import sys
import unittest

from proxies import nginx
from support import ROOT, Client, Program, is_served, client_of, free_port, serving, wait_until

EXAMPLES = ROOT / "examples/python"
sys.path.insert(0, str(EXAMPLES))


class Examples(unittest.TestCase):
    def module(self, name):
        return importlib.import_module(name)

    @contextlib.contextmanager
    def program(self, name):
        """As the file runs by itself, but on a port that is free."""
        port = free_port()
        source = (EXAMPLES / name).read_text().replace("127.0.0.1:8080", f"127.0.0.1:{port}")
        program = Program(source, folder=EXAMPLES)
        try:
            wait_until(lambda: is_served(port) or program.process.poll() is not None)
            with Client(("127.0.0.1", port)) as client:
                yield client
        finally:
            status, _, errors = program.end(signal.SIGTERM)
            self.assertEqual(status, 0, errors)

    def test_readme_warns_of_nothing(self):
        programs = re.findall(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(), re.S | re.M)
        self.assertEqual(len(programs), 1)
        port = free_port()
        program = Program(programs[0].replace("8080", str(port)))
        wait_until(lambda: is_served(port) or program.process.poll() is not None)
        with Client(("127.0.0.1", port)) as client:
            self.assertEqual(client.ask().body, b"Hello, World!\n")
        status, _, errors = program.end(signal.SIGTERM)
        self.assertEqual((status, errors), (0, ""))

    def test_hello(self):
        with self.program("hello.py") as client:
            self.assertEqual(client.ask().body, b"Hello, World!\n")

    def test_frameworks(self):
        for name, said in (("flask_app", b"this is http://example.com/"),
                           ("django_app", b"This is http://example.com/")):
            with serving(self.module(name).app) as server, client_of(server) as client:
                self.assertIn(said, client.ask().body)

    def test_pyramid_behind_nginx(self):
        app = self.module("pyramid_app").make()
        with serving(app, url_prefix="/shop", trusted_proxy="127.0.0.1",
                     trusted_proxy_headers="x-forwarded-for x-forwarded-proto") as server:
            lines = ["proxy_set_header Host $host;", "proxy_set_header X-Forwarded-For 192.0.2.9;",
                     "proxy_set_header X-Forwarded-Proto https;"]
            with nginx(server.effective_port, *lines, location="/shop") as port, Client(("127.0.0.1", port)) as client:
                self.assertEqual(client.ask("/shop/").body, b"You are 192.0.2.9; this is https://example.com/shop/\n")

    def test_ini_file_names_what_is_there(self):
        from paste.deploy import loadapp
        app = loadapp(f"config:{EXAMPLES}/deploy.ini")
        with serving(app) as server, client_of(server) as client:
            self.assertEqual(client.ask("/shop/x").body, b"http /shop /x\n")

    def test_upload(self):
        body = os.urandom(700000)
        port = free_port()
        source = (EXAMPLES / "upload.py").read_text().replace("127.0.0.1:8080", f"127.0.0.1:{port}")
        program = Program(source)
        wait_until(lambda: is_served(port))
        with Client(("127.0.0.1", port)) as client:
            client.send(f"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n\r\nx")
            self.assertEqual(program.line(), "1 bytes")  # before the rest
            body = b"x" + body[1:]
            client.send(body[1:])
            said = client.read().body.decode()
            self.assertEqual(said, f"700000 bytes, SHA-256 {hashlib.sha256(body).hexdigest()}\n")
            client.send(f"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: {2**35}\r\nExpect: 100-continue\r\n\r\n")
            self.assertEqual(client.read().status, 413)  # before any of it
        self.assertEqual(program.end(signal.SIGTERM)[0], 0)

    def test_events(self):
        with self.program("events.py") as client:
            client.send("GET / HTTP/1.0\r\n\r\n")
            while client.file.readline().strip():
                pass
            self.assertEqual([client.file.readline() for _ in range(3)], [b"data: 0\n", b"\n", b"data: 1\n"])

    def test_cancel(self):
        with self.program("cancel.py") as client:
            self.assertEqual(client.ask("/?1000").body, b"1000\n")

    def test_cancel_when_the_client_leaves(self):
        port = free_port()
        source = (EXAMPLES / "cancel.py").read_text().replace("127.0.0.1:8080", f"127.0.0.1:{port}")
        program = Program(source)
        wait_until(lambda: is_served(port))
        with Client(("127.0.0.1", port)) as client:
            client.send("GET /?1000000000000 HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assertEqual(program.line(), "the client has left: the query was interrupted")
        self.assertEqual(program.end(signal.SIGTERM)[0], 0)

    def test_websocket(self):
        key = base64.b64encode(b"0123456789abcdef").decode()
        with self.program("websocket.py") as client:
            client.send(f"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n")
            self.assertEqual(client.file.readline(), b"HTTP/1.1 101 Switching Protocols\r\n")
            while client.file.readline().strip():
                pass
            masked = bytes(a ^ b for a, b in zip(b"hello", b"\1\2\3\4\1"))
            client.send(struct.pack("!BB4s", 0x81, 0x85, b"\1\2\3\4") + masked)
            self.assertEqual(client.file.read(7), b"\x81\x05hello")
            client.send(struct.pack("!BB4s", 0x88, 0x80, b"\1\2\3\4"))
            self.assertEqual(client.file.read(), b"\x88\x00")

    def test_websocket_says_what_it_is(self):
        with serving(self.module("websocket").app) as server, client_of(server) as client:
            self.assertEqual(client.ask().status, 426)


if __name__ == "__main__":
    unittest.main()
