"""wsgi.file_wrapper: an open file as an answer's body, sent by sendfile(2) where it can be."""
from __future__ import annotations

import io
import os
import stat
from typing import Any, Callable, Iterator

from wserve._native import Request

__all__ = ["FileWrapper", "deliver"]


class FileWrapper:
    """A file as an iterable of its blocks (PEP 3333). Returned as it is, it never passes through Python."""

    def __init__(self, file: Any, block_size: int = 32768) -> None:
        self.file = file
        self.block_size = block_size
        for name in ("close", "seek", "tell", "seekable"):
            method = getattr(file, name, None)
            if method is not None:
                setattr(self, name, method)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        block: bytes = self.file.read(self.block_size)
        if not block:
            raise StopIteration
        return block

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


def deliver(request: Request, wrapper: FileWrapper, write: Callable[[bytes], Any]) -> bool:
    """Sends all but the end of the answer. False when the length of the file is not known: then it is an iterable like
    any other."""
    file = wrapper.file
    remaining = _remaining(file)
    if not remaining or not request.is_started():
        return False
    declared = request.declared_length()
    size = remaining if declared < 0 else min(declared, remaining)
    request.set_length(size)
    descriptor = _descriptor(file)
    if descriptor is not None:
        request.send_file(descriptor, file.tell(), size)
    else:
        _send_blocks(wrapper, size, write)
    return True


def _remaining(file: Any) -> int:
    """Bytes behind where the file stands; 0 when it cannot say."""
    try:
        at: int = file.tell()
        sought: int | None = file.seek(0, os.SEEK_END)
        end: int = file.tell() if sought is None else sought
        file.seek(at)
    except (AttributeError, OSError, ValueError, TypeError):
        return 0
    return max(0, end - at)


def _descriptor(file: Any) -> int | None:
    """Of a regular file, whose bytes are those that read() gives."""
    if isinstance(file, io.TextIOBase) or not isinstance(file, (io.BufferedReader, io.BufferedRandom, io.FileIO)):
        return None
    raw = getattr(file, "raw", file)
    if not isinstance(raw, io.FileIO):
        return None
    descriptor = raw.fileno()
    return descriptor if stat.S_ISREG(os.fstat(descriptor).st_mode) else None


def _send_blocks(wrapper: FileWrapper, size: int, write: Callable[[bytes], Any]) -> None:
    while size > 0:
        block = wrapper.file.read(min(wrapper.block_size, size))
        if not block:
            break
        write(block)
        size -= len(block)
