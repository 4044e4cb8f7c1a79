"""A program of a user who checks types, for test_types.py: nothing runs it."""
from __future__ import annotations

import socket
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import wserve
from wserve.server import BaseWSGIServer, MultiSocketServer

if TYPE_CHECKING:
    from wsgiref.types import StartResponse


def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    request: wserve.Request = environ["wserve.request"]
    request.early_hints([("Link", "</a>; rel=preload")])
    with wserve.when_gone(environ, lambda: None):
        start_response("200 OK", [("Content-Type", "text/plain")])
    request.add_trailer("X-Trailer", "1")
    if not request.try_write(b"piece"):
        request.set_mark(request.pending() + 1)
    return [b"".join(name.encode() for name, _ in request.trailers())]


def take_over(environ: dict[str, Any], _start_response: StartResponse) -> list[bytes]:
    connection: socket.socket = wserve.detach(environ)
    connection.close()
    return []


def several() -> list[tuple[str, int]]:
    together: dict[int, wserve.Server] = {}
    server: MultiSocketServer | BaseWSGIServer = wserve.create_server(
        app, map=together, sockets=[socket.socket()], threads=4, expose_tracebacks=True)
    server.start()
    server.drain(0.5)
    if server.join(timeout=1.0):
        server.close()
    numbers = {stat.name: server.stat(stat.name) for stat in wserve.stats()}
    texts = {option.name: server.get(option.name) or option.default for option in wserve.options()}
    server.print_listen(f"{len(numbers)} {texts['threads']} {{}}:{{}}")
    return [(host, int(port)) for host, port in server.effective_listen]


def main() -> None:
    try:
        wserve.serve(take_over, listen="*:8080", url_scheme="https", trusted_proxy=["10.0.0.0/8"])
    except (wserve.ClientDisconnected, wserve.StateError, wserve.HopByHopError) as error:
        print(wserve.__version__, error)
    wserve.serve_paste(app, {"here": "."}, threads="4")
    wserve.serve_factory(None, port=8080)(app)
