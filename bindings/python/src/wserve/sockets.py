"""A request's connection as a socket, for WebSocket and other protocols; and where a server listens."""
from __future__ import annotations

import socket
from typing import Any

from wserve._native import Request, Server

__all__ = ["ConnectionSocket", "LazySocket", "add_socket", "addresses", "detach"]


class ConnectionSocket(socket.socket):
    """The connection of a request; what the client has sent behind the request is read first."""

    def __init__(self, descriptor: int, left: bytes) -> None:
        super().__init__(fileno=descriptor)
        self.setblocking(True)
        self._left = left

    def recv(self, size: int, flags: int = 0) -> bytes:
        if not self._left:
            return super().recv(size, flags)
        piece = self._left[:size]
        if not flags & socket.MSG_PEEK:
            self._left = self._left[size:]
        return piece

    def recv_into(self, buffer: Any, size: int = 0, flags: int = 0) -> int:
        if not self._left:
            return super().recv_into(buffer, size, flags)
        view = memoryview(buffer).cast("B")
        piece = self.recv(size or len(view), flags)
        view[:len(piece)] = piece
        return len(piece)


def detach(environ: dict[str, Any]) -> socket.socket:
    """Takes the connection of a request out of the server. The caller sends everything from here on, the status line
    too, and closes the socket; what the application returns is not sent.

    Where something was sent already, or pipelined answers are still under way, it is a StateError.
    """
    request: Request = environ["wserve.request"]
    return ConnectionSocket(*request.detach())


class LazySocket:
    """The connection, taken when the socket is first used: libraries look for a socket in the environ of every request
    that they are asked to upgrade, and may refuse it with an ordinary answer."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._socket: ConnectionSocket | None = None

    def __getattr__(self, name: str) -> Any:
        if self._socket is None:
            self._socket = ConnectionSocket(*self._request.detach())
        return getattr(self._socket, name)


def add_socket(environ: dict[str, Any], request: Request) -> None:
    """Under the name that simple-websocket and what builds on it know."""
    environ["werkzeug.socket"] = LazySocket(request)


def addresses(native: Server) -> list[tuple[str, str]]:
    """Host and port of each socket, as text, as Waitress has them; of a Unix socket "unix" and its path."""
    found: list[tuple[str, str]] = []
    while (address := native.address(len(found))) is not None:
        if address.startswith("unix:"):
            found.append(("unix", address[len("unix:"):]))
        else:
            host, _, port = address.rpartition(":")
            found.append((host.strip("[]"), port))
    return found
