#!/usr/bin/env python3
"""The same requests to the echo app of any language, and the same bytes expected; README.md says what they do.

usage: suite.py [--without "ROUTE: REASON"]... [--streamed] -- COMMAND...

--streamed: its answers only, with the option body_streaming.
"""
import concurrent.futures
import signal
import subprocess
import sys
import unittest

from program import Fifo, Nginx, Program

COMMAND = []
STREAMED = "--streamed"
WITHOUT = {}  # route -> why this language has none

TEXT = ("Content-Type", "text/plain")
BINARY = ("Content-Type", "application/octet-stream")
ALL_BYTES = bytes(range(256))
MEGABYTE = bytes(i % 251 for i in range(1 << 20))
# What the server adds, and what frames the body: not the app's.
NOT_OF_THE_APP = {"date", "server", "connection", "transfer-encoding", "trailer"}


class Case(unittest.TestCase):
    maxDiff = None

    def start(self, *options, environment=None):
        program = Program(COMMAND, options, environment)
        self.addCleanup(self.stop, program)
        return program

    def stop(self, program, signal_number=signal.SIGTERM):
        if not program.errors.closed:
            self.assertIsNone(program.stop(signal_number))

    def connect_to(self, listener):
        connection = listener.connect()
        self.addCleanup(connection.close)
        return connection

    def expect(self, response, body, *fields, status=200):
        self.assertEqual(response.status, status, response.body[:500])
        self.assertTrue(response.is_complete)
        if response.get("Content-Length"):
            fields = (*fields, ("Content-Length", str(len(body))))
        got = [field for field in response.fields if field[0].lower() not in NOT_OF_THE_APP]
        self.assertEqual(sorted(got), sorted(fields))
        self.assertTrue(response.body == body, f"{response.body[:200]!r}... is not {body[:200]!r}...")
        self.assertEqual(response.get("Server"), ["wserve"])
        self.assertEqual(len(response.get("Date")), 1)

    def expect_hello(self, connection):
        response = connection.exchange("GET", "/hello")
        self.expect(response, b"Hello, World!\n", TEXT)
        self.assertEqual(response.get("Content-Length"), ["14"])

    def left_out(self, connection, route):
        """Whether the language has no such route; then it answers so."""
        if route not in WITHOUT:
            return False
        self.expect(connection.exchange("GET", f"/{route}"), b"no such route\n", TEXT, status=404)
        return True


class Answers(Case):
    """One program for all of them: each leaves the server as it was."""

    @classmethod
    def setUpClass(cls):
        cls.program = Program(COMMAND)

    @classmethod
    def tearDownClass(cls):
        problem = cls.program.stop()
        if problem:
            raise AssertionError(problem)

    def setUp(self):
        self.connection = self.connect_to(self.program)

    def exchange(self, *arguments, **named):
        return self.connection.exchange(*arguments, **named)

    def test_hello(self):
        self.expect_hello(self.connection)
        self.expect_hello(self.connection)

    def test_head_has_no_body(self):
        response = self.exchange("HEAD", "/hello")
        self.assertEqual((response.status, response.get("Content-Length")), (200, ["14"]))
        self.expect_hello(self.connection)

    def test_unknown_route(self):
        self.expect(self.exchange("GET", "/nowhere"), b"no such route\n", TEXT, status=404)

    def test_echo(self):
        for body in (b"", b"x", b"\0", ALL_BYTES, b"\r\n\0\xff" * 999, MEGABYTE):
            response = self.exchange("POST", "/echo", body)
            self.expect(response, body, BINARY)
            self.assertEqual(response.get("Content-Length"), [str(len(body))])

    def test_echo_keeps_the_type(self):
        response = self.exchange("POST", "/echo", b"{}", [("Content-Type", "application/json")])
        self.expect(response, b"{}", ("Content-Type", "application/json"))

    def test_echo_of_chunks(self):
        self.connection.send(b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                             b"3\r\na\0b\r\n1\r\nc\r\n0\r\n\r\n")
        self.expect(self.connection.response(), b"a\0bc", BINARY)

    def test_stream(self):
        for body in (b"", ALL_BYTES, MEGABYTE):
            response = self.exchange("POST", "/stream", body)
            self.expect(response, body, BINARY)
            self.assertEqual(response.get("Transfer-Encoding"), ["chunked"] if body else [])

    def test_count(self):
        for body in (b"", b"a\0b", MEGABYTE):
            response = self.exchange("POST", "/count", body)
            self.expect(response, b"%d\n" % len(body), TEXT)

    def test_stream_to_http_1_0(self):
        self.connection.send(b"POST /stream HTTP/1.0\r\nContent-Length: 3\r\n\r\na\0b")
        response = self.connection.response()
        self.assertEqual((response.body, response.get("Transfer-Encoding")), (b"a\0b", []))

    @unittest.skipIf(STREAMED in sys.argv, "a streamed body is read once")
    def test_twice(self):
        for body in (b"", ALL_BYTES, MEGABYTE):
            self.expect(self.exchange("POST", "/twice", body), body + body, BINARY)

    def test_request(self):
        fields = [("X-One", "1"), ("x-two", "a"), ("X-Two", "b"), ("Content-Type", "text/x"), ("X-Latin", "\xe4\xff")]
        self.connection.request("PUT", "/request?a=%20b&c", b"abc", fields)
        # /request is answered whatever the method is.
        expected = (b"method=PUT\nurl=http://example.com/request?a=%20b&c\nscheme=http\nscript_name=\n"
                    b"path_info=/request\nquery_string=a=%20b&c\nprotocol=HTTP/1.1\nremote_addr=127.0.0.1\n"
                    b"content_type=text/x\ncontent_length=3\nfield.host=example.com\nfield.x-latin=\xe4\xff\n"
                    b"field.x-one=1\nfield.x-two=a, b\n")
        response = self.connection.response()
        self.assertEqual(response.body.decode("latin-1"), expected.decode("latin-1"))
        self.expect(response, expected, TEXT)

    def test_request_without_anything(self):
        expected = (b"method=GET\nurl=http://example.com/request\nscheme=http\nscript_name=\npath_info=/request\n"
                    b"query_string=\nprotocol=HTTP/1.1\nremote_addr=127.0.0.1\ncontent_type=\ncontent_length=\n"
                    b"field.host=example.com\n")
        self.assertEqual(self.exchange("GET", "/request").body.decode(), expected.decode())

    def test_fields(self):
        response = self.exchange("GET", "/fields")
        self.expect(response, b"fields\n", TEXT, ("X-Repeat", "one"), ("X-Repeat", "two"), ("Set-Cookie", "a=1"),
                    ("Set-Cookie", "b=2"), ("X-Empty", ""))
        self.assertEqual(response.get("X-Repeat"), ["one", "two"])
        self.assertEqual(response.get("Set-Cookie"), ["a=1", "b=2"])

    def test_the_later_of_fields_that_are_no_lists(self):
        self.expect(self.exchange("GET", "/once"), b"once\n", TEXT, ("Location", "/b"))

    def test_status(self):
        for status in (200, 201, 299, 301, 404, 418, 500, 599):
            self.expect(self.exchange("GET", f"/status/{status}"), f"status {status}\n".encode(), TEXT, status=status)
        for status in (204, 304):
            self.expect(self.exchange("GET", f"/status/{status}"), b"", status=status)

    def test_upgrade_required(self):
        response = self.exchange("GET", "/upgrade-required")
        self.expect(response, b"use TLS\n", TEXT, ("Upgrade", "TLS/1.3"), status=426)
        self.assertEqual(response.get("Connection"), ["upgrade"])
        self.expect_hello(self.connection)

    def test_binary(self):
        self.expect(self.exchange("GET", "/binary"), ALL_BYTES, BINARY)

    def test_large(self):
        for size in (0, 1, 65536, 1 << 20):
            response = self.exchange("GET", f"/large/{size}")
            self.expect(response, MEGABYTE[:size], BINARY)
            self.assertEqual(response.get("Content-Length"), [str(size)])

    def test_file(self):
        response = self.exchange("GET", f"/file?{__file__}")
        with open(__file__, "rb") as file:
            self.expect(response, file.read(), BINARY)

    def test_early_hints(self):
        if self.left_out(self.connection, "early"):
            return
        self.connection.request("GET", "/early")
        self.assertEqual(self.connection.head(), (103, [("Link", "</style.css>; rel=preload")]))
        self.expect(self.connection.response(), b"Hello, World!\n", TEXT)

    def test_trailer(self):
        if self.left_out(self.connection, "trailer"):
            return
        response = self.exchange("GET", "/trailer")
        self.expect(response, b"trailer\n", TEXT)
        self.assertEqual(response.trailers, [("X-Sum", "8")])

    def test_flush(self):
        with Fifo() as fifo:
            self.connection.request("GET", f"/flush?{fifo.path}")
            status, _ = self.connection.head()
            # The app goes on only after this has arrived.
            self.assertEqual((status, self.connection.chunk()), (200, b"first\n"))
            fifo.let_go()
            self.assertEqual([self.connection.chunk(), self.connection.chunk()], [b"second\n", b""])

    def test_raise(self):
        response = self.exchange("GET", "/raise")
        self.assertEqual(response.status, 500)
        self.expect_hello(self.connect_to(self.program))

    def test_raise_after_the_head(self):
        response = self.exchange("GET", "/raise-late")
        self.assertEqual((response.status, response.body, response.is_complete), (200, b"first\n", False))
        self.expect_hello(self.connect_to(self.program))

    def test_drop(self):
        if not self.left_out(self.connection, "drop"):
            self.assertEqual(self.exchange("GET", "/drop").status, 500)
            self.expect_hello(self.connect_to(self.program))

    def test_use_after_the_end(self):
        with Fifo() as fifo:
            fifo.expect_words()
            self.expect(self.exchange("GET", f"/finished?{fifo.path}"), b"Hello, World!\n", TEXT)
            self.assertEqual(fifo.read_line(), "refused\n")
        self.expect_hello(self.connection)

    def test_client_gone(self):
        if self.left_out(self.connection, "gone"):
            return
        with Fifo() as fifo:
            fifo.expect_words()
            self.connection.request("GET", f"/gone?{fifo.path}")
            self.assertEqual(fifo.read_line(), "waiting\n")
            self.connection.close()
            self.assertEqual(fifo.read_line(), "gone\n")
        self.expect_hello(self.connect_to(self.program))

    def test_clients_that_leave_in_the_middle(self):
        for _ in range(20):
            with self.program.connect() as connection:
                connection.request("GET", f"/large/{len(MEGABYTE)}")
            with self.program.connect() as connection:
                connection.send(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nhalf")
        self.expect_hello(self.connect_to(self.program))

    def test_upgrade(self):
        if self.left_out(self.connection, "upgrade"):
            return
        # The first bytes may be on the way before the answer is.
        self.connection.send(b"GET /upgrade HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nearly\0")
        self.assertEqual(self.connection.read_until(b"\r\n\r\n"),
                         b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
        self.assertEqual(self.connection.read_exactly(6), b"early\0")
        self.connection.send(ALL_BYTES)
        self.assertEqual(self.connection.read_exactly(256), ALL_BYTES)

    def test_pipelined(self):
        self.connection.send(b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
        for _ in range(20):
            self.expect(self.connection.response(), b"Hello, World!\n", TEXT)

    def test_many_at_once(self):
        def client(number):
            with self.program.connect() as connection:
                for round_ in range(10):
                    body = bytes([number, round_, 0]) * 1000
                    self.expect(connection.exchange("POST", "/echo", body), body, BINARY)

        with concurrent.futures.ThreadPoolExecutor(16) as clients:
            list(clients.map(client, range(16)))


class Life(Case):
    def test_stops_while_idle(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            self.stop(self.start(), number)

    def test_stops_with_an_open_connection(self):
        program = self.start()
        with program.connect() as connection:
            self.expect_hello(connection)
            self.stop(program)
            self.assertEqual(connection.read_rest(), b"")

    def test_stops_while_busy(self):
        program = self.start()
        with program.connect() as connection, Fifo() as fifo:
            connection.request("GET", f"/flush?{fifo.path}")
            self.assertEqual((connection.head()[0], connection.chunk()), (200, b"first\n"))
            program.process.send_signal(signal.SIGTERM)
            fifo.let_go()
            self.assertEqual([connection.chunk(), connection.chunk()], [b"second\n", b""])
            self.stop(program)

    def test_wrong_option(self):
        for option, message in (("--thread=4", "thread"), ("--threads=many", "threads must be 0..1024 or auto"),
                                ("--url-scheme=ftp", "url_scheme")):
            ended = subprocess.run([*COMMAND, "--listen=127.0.0.1:0", option], capture_output=True, text=True,
                                   timeout=60, check=False)
            self.assertEqual((ended.returncode, ended.stdout), (1, ""), ended.stderr)
            self.assertIn(message, ended.stderr)

    def test_two_thousand_requests_under_gc_stress(self):
        program = self.start(environment={"WSERVE_GC_STRESS": "1", "GOGC": "1"})

        def client(number):
            body = ALL_BYTES * (number + 1)
            with program.connect() as connection:
                for _ in range(125):
                    self.expect(connection.exchange("POST", "/echo", body), body, BINARY)
                    self.assertEqual(connection.exchange("GET", "/request").status, 200)
                    self.assertEqual(connection.exchange("GET", "/fields").get("Set-Cookie"), ["a=1", "b=2"])
                    self.expect(connection.exchange("POST", "/stream", body), body, BINARY)

        with concurrent.futures.ThreadPoolExecutor(4) as clients:
            list(clients.map(client, range(4)))


class BehindNginx(Case):
    def nginx(self, server):
        proxy = Nginx(server)
        self.addCleanup(proxy.stop)
        return self.connect_to(proxy)

    def told(self, response):
        return dict(line.split("=", 1) for line in response.body.decode().splitlines())

    def test_prefix_and_trusted_proxy_make_absolute_urls(self):
        program = self.start("--url-prefix=/shop", "--trusted-proxy=127.0.0.1",
                             "--trusted-proxy-headers=x-forwarded-for x-forwarded-proto x-forwarded-host")
        connection = self.nginx(f"""location /shop/ {{
            proxy_pass http://{program.address};
            proxy_set_header X-Forwarded-For 192.0.2.7;
            proxy_set_header X-Forwarded-Proto https;
            proxy_set_header X-Forwarded-Host shop.example; }}""")
        told = self.told(connection.exchange("GET", "/shop/request?a=1"))
        self.assertEqual(told["url"], "https://shop.example/shop/request?a=1")
        self.assertEqual((told["script_name"], told["path_info"]), ("/shop", "/request"))
        self.assertEqual(told["remote_addr"], "192.0.2.7")

    def test_headers_of_strangers_are_not_believed(self):
        program = self.start()
        connection = self.nginx(f"""location / {{
            proxy_pass http://{program.address};
            proxy_set_header X-Forwarded-Proto https; }}""")
        told = self.told(connection.exchange("GET", "/request"))
        self.assertEqual((told["scheme"], told["remote_addr"]), ("http", "127.0.0.1"))
        self.assertNotIn("field.x-forwarded-proto", told)

    def test_bodies_both_ways(self):
        program = self.start()
        # No temporary files: nginx's workers may not write where an ordinary user's test runs.
        connection = self.nginx("client_max_body_size 8m; client_body_buffer_size 2m; proxy_buffering off;"
                                f"location / {{ proxy_pass http://{program.address}; }}")
        for target in ("/echo", "/stream"):
            self.assertTrue(connection.exchange("POST", target, MEGABYTE).body == MEGABYTE)


def main():
    arguments = sys.argv[1:]
    while arguments[:1] == ["--without"]:
        route, reason = arguments[1].split(": ", 1)
        WITHOUT[route] = reason
        print(f"left out: /{route}, because {reason}")
        del arguments[:2]
    is_streamed = arguments[:1] == [STREAMED]
    del arguments[:is_streamed]
    if arguments[:1] != ["--"] or len(arguments) < 2:
        sys.exit(__doc__)
    COMMAND.extend(arguments[1:] + ["--body_streaming=true"] * is_streamed)
    unittest.main(argv=["suite.py"] + ["Answers"] * is_streamed, verbosity=2)


if __name__ == "__main__":
    main()
