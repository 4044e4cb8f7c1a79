"""Log lines of the library, on their way to Python's logging."""
from __future__ import annotations

import logging
import os
import select
import sys
import threading
import traceback
from typing import Callable

from wserve import _native

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


def stack_of(native_id: int) -> str:
    """What a thread of Python's is doing, as a traceback has it; empty when there is no such thread."""
    ident = next((thread.ident for thread in threading.enumerate() if thread.native_id == native_id), None)
    frame = sys._current_frames().get(ident) if ident is not None else None
    return "".join(traceback.format_stack(frame)).rstrip() if frame is not None else ""


class LogRelay:
    """A thread that takes lines from a server, because none of the library's threads may call Python."""

    def __init__(self, native: _native.Server) -> None:
        self._native = native
        self._thread: threading.Thread | None = None
        # (a function that tells a descriptor, one that passes on what waits there)
        self._sources: list[tuple[Callable[[], int], Callable[[], None]]] = []

    def keep_log(self) -> None:
        self._native.keep_log(KEPT_LINES)
        self._sources.append((self._native.log_fd, self._pass_on_log))

    def keep_access(self, access_logger: logging.Logger) -> None:
        self._native.keep_access(KEPT_LINES)
        self._access_logger = access_logger
        self._sources.append((self._native.access_fd, self._pass_on_access))

    def keep_slow(self) -> None:
        self._native.keep_slow()
        self._sources.append((self._native.slow_fd, self._pass_on_slow))

    def start(self) -> None:
        if not self._sources:
            return
        self._descriptors = {descriptor_of(): pass_on for descriptor_of, pass_on in self._sources}
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
        for _, pass_on in self._sources:
            pass_on()

    def _pass_on_log(self) -> None:
        while (taken := self._native.take_log()) is not None:
            severity, line = taken
            target = queue_logger if line.startswith("Task queue depth") else logger
            target.log(LEVELS[severity], "%s", line)

    def _pass_on_access(self) -> None:
        while (line := self._native.take_access()) is not None:
            self._access_logger.info("%s", line)

    def _pass_on_slow(self) -> None:
        while (taken := self._native.take_slow()) is not None:
            thread, line = taken
            if stack := stack_of(thread):
                logger.warning("%s; its stack:\n%s", line, stack)

    def _relay(self) -> None:
        poll = select.poll()
        for descriptor in self._descriptors:
            poll.register(descriptor, select.POLLIN)
        poll.register(self._wake_read, select.POLLIN)
        try:
            while True:
                ready = {descriptor for descriptor, _ in poll.poll()}
                for descriptor, pass_on in self._descriptors.items():
                    if descriptor in ready:
                        pass_on()
                if self._wake_read in ready:
                    return
        finally:
            os.close(self._wake_read)
