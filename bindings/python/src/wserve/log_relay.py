"""Log lines of the library, on their way to Python's logging."""
from __future__ import annotations

import logging
import os
import select
import threading

__all__ = ["LogRelay", "level_name"]

LEVELS = (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR)
KEPT_LINES = 10000

logger = logging.getLogger("wserve")
queue_logger = logging.getLogger("wserve.queue")


def level_name() -> str:
    """The least severe line that the logger wants, as the library calls it."""
    level = logger.getEffectiveLevel()
    for name, least in (("debug", logging.DEBUG), ("info", logging.INFO), ("warning", logging.WARNING)):
        if level <= least:
            return name
    return "error"


class LogRelay:
    """A thread that takes lines from a server, because none of the library's threads may call Python."""

    def __init__(self, native) -> None:
        self._native = native
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._descriptor = self._native.log_fd()
        self._wake_read, self._wake_write = os.pipe()
        self._thread = threading.Thread(target=self._relay, name="wserve-log", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Once every line so far is with the logger."""
        if self._thread is not None:
            os.close(self._wake_write)
            self._thread.join(5)
            self._thread = None
            self.pass_on()

    def pass_on(self) -> None:
        """What waits, on this thread."""
        while (taken := self._native.take_log()) is not None:
            severity, line = taken
            target = queue_logger if line.startswith("Task queue depth") else logger
            target.log(LEVELS[severity], "%s", line)

    def _relay(self) -> None:
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        poll.register(self._wake_read, select.POLLIN)
        try:
            while True:
                ready = {descriptor for descriptor, _ in poll.poll()}
                if self._descriptor in ready:
                    self.pass_on()
                if self._wake_read in ready:
                    return
        finally:
            os.close(self._wake_read)
