"""Servers for test_leak.py: an application of every kind, and what the interpreter holds at the moment, as JSON."""
import ctypes
import gc
import io
import itertools
import json
import logging
import os
import sys
import tempfile
import threading
import time
import tracemalloc

import wserve

TEXT = [("Content-Type", "text/plain")]
FILE = tempfile.TemporaryFile()
FILE.write(b"0123456789" * 2000)
FILE.flush()


def plain(environ, start_response):
    PLANTED[sys.argv[1]](environ)
    start_response("200 OK", TEXT + [("X-Path", environ["PATH_INFO"])])
    return [b"plain"]


def body(environ, start_response):
    start_response("200 OK", TEXT)
    return [environ["wsgi.input"].read()]


def lines(environ, start_response):
    start_response("200 OK", TEXT)
    return [b"%d" % sum(1 for _ in environ["wsgi.input"])]


def unread(environ, start_response):
    environ["wsgi.input"].readline(2)
    start_response("200 OK", TEXT)
    return ()


def write(environ, start_response):
    send = start_response("200 OK", TEXT)
    send(b"one")
    return [b"two"]


def late(environ, start_response):
    start_response("200 OK", TEXT)
    yield b"one"
    yield bytearray(b"two")


def anew(environ, start_response):
    start_response("200 OK", TEXT)
    try:
        raise KeyError("anew")
    except KeyError:
        start_response("503 Sorry", TEXT, sys.exc_info())
    return [b"sorry"]


def failing(environ, start_response):
    raise LookupError(environ)


def refused(environ, start_response):
    start_response("200 OK", [("Connection", "close")])


def file(environ, start_response):
    start_response("200 OK", TEXT)
    return environ["wsgi.file_wrapper"](open(f"/proc/self/fd/{FILE.fileno()}", "rb"))


def memory(environ, start_response):
    start_response("200 OK", TEXT + [("Content-Length", "5")])
    return environ["wsgi.file_wrapper"](io.BytesIO(b"0123456789"))


def more(environ, start_response):
    request = environ["wserve.request"]
    environ["wsgi.early_hints"]([("Link", "</a>; rel=preload")])
    start_response("200 OK", TEXT)
    request.add_trailer("X-Trailer", "1")
    request.try_write(b"more")
    gone = environ["waitress.client_disconnected"]
    return iter([b"%d %d" % (gone(), request.pending() < 0), (request.get("REQUEST_METHOD") or "").encode()])


def watched(environ, start_response):
    with wserve.when_gone(environ, int):
        start_response("200 OK", TEXT)
    return [b"watched"]


def cycle(environ, start_response):
    environ["itself"] = [environ, start_response]
    environ["wsgi.input"].read()
    start_response("200 OK", TEXT)
    return [b"cycle"]


def socket(environ, start_response):
    with wserve.detach(environ) as connection:
        connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
    return []


def lazy(environ, start_response):
    environ["werkzeug.socket"].sendall(b"HTTP/1.0 200 OK\r\n\r\n")
    environ["werkzeug.socket"].close()
    return []


def endless(environ, start_response):
    send = start_response("200 OK", TEXT)
    while True:
        send(bytes(65536))


def measure(environ, start_response):
    deadline = time.monotonic() + 10
    while RUNNING > {threading.get_ident()} and time.monotonic() < deadline:
        time.sleep(0.01)
    gc.collect()
    held = {"blocks": sys.getallocatedblocks(), "traced": tracemalloc.get_traced_memory()[0],
            "resident": resident(), "files": len(os.listdir("/proc/self/fd")), "threads": threading.active_count()}
    if hasattr(sys, "gettotalrefcount"):
        held["all references"] = sys.gettotalrefcount()
    held |= {f"references to {name}": sys.getrefcount(known) for name, known in KNOWN.items()}
    KNOWN["Input"] = type(environ["wsgi.input"])
    start_response("200 OK", TEXT)
    return [json.dumps(held).encode()]


def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def keep_memory(_environ):
    """Of C's: nobody but the kernel knows of it."""
    ctypes.memset(LIBRARY.malloc(8000), 1, 8000)


KINDS = {f"/{made.__name__}": made for made in (
    plain, body, lines, unread, write, late, anew, failing, refused, file, memory, more, watched, cycle, socket, lazy,
    endless, measure)}
KNOWN = {"None": None, "True": True, "empty bytes": b"", "app": plain, "dict": dict, "Request": wserve.Request,
         "FileWrapper": wserve.file_wrapper.FileWrapper, "Input": object, "StateError": wserve.StateError,
         "stderr": sys.stderr}
KEPT = []
COUNT = itertools.count()
LIBRARY = ctypes.CDLL(None)
LIBRARY.malloc.restype = ctypes.c_void_p
INCREASE = ctypes.pythonapi.Py_IncRef
INCREASE.argtypes = [ctypes.py_object]
PLANTED = {"nothing": id, "object": KEPT.append, "memory": keep_memory, "reference": lambda _: INCREASE(plain),
           "file": lambda _: os.dup(0) if next(COUNT) % 20 == 0 else None}
RUNNING = set()


def app(environ, start_response):
    me = threading.get_ident()
    RUNNING.add(me)
    try:
        return KINDS[environ["PATH_INFO"]](environ, start_response)
    finally:
        RUNNING.discard(me)


def main():
    logging.getLogger("wserve").addHandler(logging.NullHandler())
    logging.getLogger("wserve").propagate = False
    together = {}
    common = {"listen": "127.0.0.1:0", "inbuf_overflow": 10000, "log_level": "error"}
    servers = [wserve.create_server(app, map=together, **common),
               wserve.create_server(app, map=together, body_streaming=True, **common),
               wserve.create_server(app, map=together, threads=0, **common)]
    print(*(server.effective_port for server in servers), flush=True)
    servers[0].run()


if __name__ == "__main__":
    main()
