"""The body of a request, as a file."""
from __future__ import annotations

import io
from typing import Any

from wserve._native import Request, StateError

__all__ = ["Body", "StreamedBody", "open_body"]

BUFFER = 16384


class Body(io.RawIOBase):
    """What the library has of a body, in memory or in a file: it has arrived as a whole."""

    def __init__(self, request: Request) -> None:
        super().__init__()
        self._request = request
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        got = self._request.readinto(buffer)
        self._at += got
        return got

    def readall(self) -> bytes:
        """In one piece of the right size."""
        rest = bytearray(max(0, self._request.body_size() - self._at))
        at = 0
        while at < len(rest) and (got := self.readinto(memoryview(rest)[at:])):
            at += got
        return bytes(rest[:at])

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._request.body_size()}[whence]
        target = start + offset
        if target < 0:
            raise ValueError(f"negative seek position {target}")
        if target < self._at:
            self._request.rewind()
            self._at = 0
        self._skip_to(min(target, self._request.body_size()))
        return self._at

    def _skip_to(self, target: int) -> None:
        scratch = memoryview(bytearray(min(BUFFER, target - self._at)))
        while self._at < target and self.readinto(scratch[:target - self._at]):
            pass


class StreamedBody(io.RawIOBase):
    """A body that still comes: reading waits for the client, and it can be read once."""

    def __init__(self, request: Request) -> None:
        super().__init__()
        self._request = request

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._request.readinto(buffer)


def open_body(request: Request) -> io.BufferedReader:
    """wsgi.input as it is when somebody reads from it."""
    try:
        request.rewind()
    except StateError:
        return io.BufferedReader(StreamedBody(request), BUFFER)
    return io.BufferedReader(Body(request), BUFFER)
