"""A program out of a document, started on a port of its own and asked."""
import os
import re
import signal
import socket
import subprocess
import time
import urllib.request


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def on_port(text: str, port: int) -> str:
    """The documents' programs listen on 8080."""
    return re.sub(r"127\.0\.0\.1:8080\b", f"127.0.0.1:{port}", text)


def _wait_until_it_listens(process: subprocess.Popen, port: int) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                raise AssertionError("it does not listen") from None
            time.sleep(0.02)


def ask(command: list[str], port: int, path: str, expected: str, **options) -> None:
    """Raises AssertionError unless the program answers GET `path` with a body that has `expected` in it."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True, **options)
    try:
        _wait_until_it_listens(process, port)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
            body = answer.read().decode()
        assert expected in body, f"answered {body!r}, not {expected!r}"
    except (AssertionError, OSError) as problem:
        os.killpg(process.pid, signal.SIGKILL)
        raise AssertionError(f"{problem}; it said: {process.communicate()[0].decode()}") from None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
