"""Work that ends when nobody waits for it any more."""
from __future__ import annotations

import contextlib
import os
import select
import threading
from typing import Any, Callable, Iterator

__all__ = ["when_gone"]


@contextlib.contextmanager
def when_gone(environ: dict[str, Any], callback: Callable[[], Any], interval: float = 1.0) -> Iterator[None]:
    """While its block runs: when the client has left, `callback` is called on a thread of its own, and again every
    `interval` seconds as long as the block runs: work that had not begun yet has not heard it.

        with when_gone(environ, connection.interrupt):
            rows = connection.execute(query).fetchall()

    It hears of it at once, or, where the application reads a streamed body meanwhile, within `interval` seconds. A
    callback that is under way is waited for at the block's end.
    """
    is_gone = environ["waitress.client_disconnected"]
    over, tell_over = os.pipe()
    news = select.poll()
    request = environ["wserve.request"].fileno()
    news.register(request, select.POLLIN)
    news.register(over, select.POLLIN)

    def watch() -> None:
        while not any(fd == over for fd, _ in news.poll(interval * 1000)):
            if is_gone():
                with contextlib.suppress(KeyError):
                    news.unregister(request)  # which stays readable
                callback()

    thread = threading.Thread(target=watch, name="wserve-when-gone", daemon=True)
    thread.start()
    try:
        yield
    finally:
        os.close(tell_over)
        thread.join()
        os.close(over)
