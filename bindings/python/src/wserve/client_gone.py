"""Work that ends when nobody waits for it any more."""
from __future__ import annotations

import contextlib
import threading
from typing import Any, Callable, Iterator

__all__ = ["when_gone"]


@contextlib.contextmanager
def when_gone(environ: dict, callback: Callable[[], Any], interval: float = 0.1) -> Iterator[None]:
    """While its block runs: when the client has left, `callback` is called, once, on a thread of its own.

        with when_gone(environ, connection.interrupt):
            rows = connection.execute(query).fetchall()

    It looks every `interval` seconds. A callback that is under way is waited for at the block's end.
    """
    is_gone = environ["waitress.client_disconnected"]
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(interval):
            if is_gone():
                callback()
                return

    thread = threading.Thread(target=watch, name="wserve-when-gone", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
