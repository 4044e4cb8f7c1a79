"""Nothing stays of a request: memory, references, descriptors and threads, over applications of every kind.

usage: test_leak.py [--requests=1000000]
"""
import concurrent.futures
import json
import os
import re
import signal
import socket
import subprocess
import sys
import unittest

from support import TESTS, TIME, Client

REQUESTS = 60000
DEBUGGED = os.environ.get("WSERVE_PYTHON_DEBUG", "")  # an interpreter that counts references, and the package for it
DEBUG_PACKAGE = os.environ.get("WSERVE_PYTHON_DEBUG_PATH", "")
WARM_UP = 12000
# What may be more behind many requests than behind the first ones, however many they are: less than one for each time
# that the rarest kind of REQUESTS is asked for.
ALLOWED = {"blocks": 500, "traced": 400_000, "resident": 4 << 20, "files": 8, "threads": 2, "all references": 1000}
ALLOWED_REFERENCES = 300


def request(method, path, *fields, body=b""):
    if body:
        fields += (f"Content-Length: {len(body)}",)
    return "\r\n".join([f"{method} /{path} HTTP/1.1", "Host: a", *fields, "\r\n"]).encode() + body


CHUNKED = request("POST", "body", "Transfer-Encoding: chunked") + b"3\r\nabc\r\n0\r\nX-End: 1\r\n\r\n"
KINDS = [CHUNKED, request("GET", "plain"), request("POST", "body", body=b"x" * 2000), request("POST", "unread", body=b"abcdef"),
         request("POST", "lines", body=b"x\n" * 50), request("GET", "write"), request("GET", "late"),
         request("GET", "anew"), request("GET", "file"), request("GET", "memory"), request("GET", "more"),
         request("HEAD", "plain"), request("GET", "plain", *(f"X-Field-{i}: {i}" for i in range(70))),
         request("POST", "cycle", body=b"abc"), request("GET", "plain", "Connection: Upgrade", "Upgrade: websocket")]
RARE = [request("GET", "watched"), request("POST", "body", body=b"x" * 20000)]
LAST = request("GET", "plain", "Connection: close")
# What the server or the application closes the connection behind.
ALONE = [request("GET", "socket"), request("GET", "lazy", "Connection: Upgrade", "Upgrade: websocket"),
         request("GET", "failing"), request("GET", "refused")]
BATCH = KINDS * 6 + RARE + [LAST]
ANSWER = re.compile(rb"HTTP/1\.\d [2-5]\d\d ")


def answers(port, requests):
    """All that comes until the server closes."""
    with Client(("127.0.0.1", port)) as client:
        client.send(b"".join(requests))
        return client.file.read()


def leave(port):
    """In the midst of an answer."""
    with Client(("127.0.0.1", port)) as client:
        client.send(request("GET", "endless"))
        client.file.read(10)


def send_batch(port, is_inline):
    """How many requests were answered."""
    answered = sum(len(ANSWER.findall(answers(port, sent))) for sent in (BATCH, *([alone] for alone in ALONE)))
    if answered != len(BATCH) + len(ALONE):
        raise AssertionError(f"{answered} answers to {len(BATCH) + len(ALONE)} requests")
    if not is_inline:
        leave(port)
    return answered


def load(ports, count):
    """At least so many requests, to all servers in turn."""
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        while count > 0:
            count -= sum(pool.map(send_batch, ports * 2, [False, False, True] * 2))


def held(port):
    with Client(("127.0.0.1", port)) as client:
        return json.loads(client.ask("/measure").body)


def growth(requests, plant="nothing", python=sys.executable, **environment):
    """What is held more behind so many requests than before them."""
    command = [python, TESTS / "leak_server.py", plant]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}) as process:
        try:
            ports = [int(port) for port in process.stdout.readline().split()]
            load(ports, WARM_UP)
            held(ports[0])
            before = held(ports[0])
            load(ports, requests)
            after = held(ports[0])
        finally:
            process.send_signal(signal.SIGTERM)
            status = process.wait(TIME)
    if status != 0:
        raise AssertionError(f"the server ended with {status}")
    return {name: after[name] - before[name] for name in before}


def leaks(grown):
    return {name: more for name, more in grown.items() if more > ALLOWED.get(name, ALLOWED_REFERENCES)}


class NoLeak(unittest.TestCase):
    def check(self, requests, **more):
        grown = growth(requests, **more)
        if "PYTHONTRACEMALLOC" in more:
            del grown["resident"]  # what the tracing itself takes is more
        print(f"{requests} requests:", ", ".join(f"{name} {count:+}" for name, count in grown.items()))
        self.assertEqual(leaks(grown), {})
        return grown

    def test_memory(self):
        self.check(REQUESTS)

    def test_traced_memory(self):
        self.check(REQUESTS, PYTHONTRACEMALLOC="1")

    @unittest.skipUnless(DEBUGGED, "WSERVE_PYTHON_DEBUG names no interpreter that counts references")
    def test_references(self):
        grown = self.check(REQUESTS // 4, python=DEBUGGED, PYTHONPATH=DEBUG_PACKAGE)
        self.assertIn("all references", grown)


class Planted(unittest.TestCase):
    """Each measure finds what it is there for."""

    def found(self, plant, **more):
        return leaks(growth(10000, plant=plant, **more))

    def test_objects(self):
        found = self.found("object", PYTHONTRACEMALLOC="1")
        self.assertTrue({"blocks", "traced", "references to Input", "references to Request"} <= set(found), found)

    def test_memory_of_c(self):
        found = self.found("memory", PYTHONTRACEMALLOC="1")
        self.assertEqual(set(found), {"resident"})

    def test_references(self):
        self.assertEqual(set(self.found("reference")), {"references to app"})

    def test_descriptors(self):
        self.assertIn("files", self.found("file"))

    @unittest.skipUnless(DEBUGGED, "WSERVE_PYTHON_DEBUG names no interpreter that counts references")
    def test_all_references(self):
        found = self.found("reference", python=DEBUGGED, PYTHONPATH=DEBUG_PACKAGE)
        self.assertEqual(set(found), {"references to app", "all references"})


if __name__ == "__main__":
    told = [word for word in sys.argv[1:] if word.startswith("--requests=")]
    for word in told:
        REQUESTS = int(word.partition("=")[2])
        sys.argv.remove(word)
    unittest.main()
