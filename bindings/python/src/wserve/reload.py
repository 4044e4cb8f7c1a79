"""For developers: the program starts again when one of its files has changed."""
from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from typing import Callable

__all__ = ["changed_files", "run_with_reload"]

IN_CHILD = "WSERVE_RELOAD"
AGAIN = 3  # exit status of a child that wants to be started again
PAUSE = 0.5  # seconds between two looks


def _files() -> dict[str, float]:
    """Files of the modules that are loaded, and when each was changed."""
    found = {}
    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None)
        if path and os.path.isfile(path):
            found[path] = os.stat(path).st_mtime
    return found


def changed_files(known: dict[str, float], started: float) -> list[str]:
    """Files of modules that are another than those that were `known`, and new ones that were written since `started`: a
    module may have been loaded before that."""
    now = _files()
    changed = [path for path, when in now.items() if when != known.get(path, when if when <= started else None)]
    changed += [path for path in known if not os.path.isfile(path)]
    known.update(now)
    return changed


def _watch(has_changed: threading.Event, started: float) -> None:
    known: dict[str, float] = {}
    while not has_changed.is_set():
        if changed := changed_files(known, started):
            print(f"wserve: {changed[0]} has changed: starting again", file=sys.stderr)
            has_changed.set()
            os.kill(os.getpid(), signal.SIGTERM)  # a stop in order
        time.sleep(PAUSE)


def run_with_reload(run: Callable[[], int]) -> int:
    """In the first process: starts children, one after the other. In a child: `run`, with an eye on the files."""
    if os.environ.get(IN_CHILD):
        has_changed = threading.Event()
        threading.Thread(target=_watch, args=(has_changed, time.time()), name="wserve-reload", daemon=True).start()
        status = run()
        return AGAIN if has_changed.is_set() else status
    while True:
        child = subprocess.Popen([sys.executable, *_command()], env={**os.environ, IN_CHILD: "1"})
        status = _wait(child)
        if status != AGAIN:
            return status


def _command() -> list[str]:
    """The arguments this program was started with, `-m wserve` and all."""
    return list(sys.orig_argv[1:])


def _wait(child: subprocess.Popen[bytes]) -> int:
    """The child's status; signals that are to end this process end the child first."""
    previous = signal.signal(signal.SIGTERM, lambda number, frame: child.terminate())
    try:
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:
                pass  # the terminal has told the child, too
    finally:
        signal.signal(signal.SIGTERM, previous)
