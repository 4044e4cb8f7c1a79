"""Programs under test, and real proxies in front of them: started on free ports, stopped by their process id."""
import os
import re
import select
import signal
import socket
import subprocess
import tempfile
import time

from wire import PATIENCE, Connection

# What a sanitizer or an interpreter says when something is broken for good.
CRASH = re.compile(r"AddressSanitizer|runtime error:|ThreadSanitizer|\[BUG\]|SIGSEGV|DATA RACE|^fatal error:|core dumped",
                   re.M)


def let_signals_through():
    """A program that was started in the background would ignore SIGINT."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Program:
    """An echo app that listens on a free port."""

    def __init__(self, command, options=(), environment=None):
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [*command, "--listen=127.0.0.1:0", *options], stdout=subprocess.PIPE, stderr=self.errors,
            env={**os.environ, **(environment or {})}, preexec_fn=let_signals_through)
        line = self._first_line()
        match = re.fullmatch(r"Serving on (\S+)\n", line)
        if not match:
            self.process.kill()
            raise RuntimeError(f"said {line!r} instead of where it serves; errors: {self.said()}")
        self.address = match.group(1)

    def _first_line(self):
        ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
        return self.process.stdout.readline().decode() if ready else ""

    def connect(self):
        return Connection(self.address)

    def said(self):
        self.errors.seek(0)
        return self.errors.read()

    def stop(self, signal_number=signal.SIGTERM):
        """Asks it to stop; returns what was wrong with the way it ended, or None."""
        if self.process.poll() is None:
            self.process.send_signal(signal_number)
        try:
            status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            status = "none: it did not stop"
        rest = self.process.stdout.read()
        self.process.stdout.close()
        said = self.said()
        self.errors.close()
        if status != 0 or rest or CRASH.search(said):
            return f"exit status {status}, standard output {rest!r}, standard error:\n{said}"
        return None


class Nginx:
    """A real nginx on a free port, with the text of its server block."""

    def __init__(self, server):
        self.folder = tempfile.TemporaryDirectory()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"127.0.0.1:{port}"
        path = os.path.join(self.folder.name, "nginx.conf")
        with open(path, "w", encoding="ascii") as file:
            file.write("daemon off; pid pid; error_log error.log; worker_processes 1; events {}\n"
                       "http { access_log off; client_body_temp_path body; proxy_temp_path proxy;\n"
                       "fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;\n"
                       f"server {{ listen 127.0.0.1:{port}; {server} }} }}\n")
        self.process = subprocess.Popen(["/usr/sbin/nginx", "-p", self.folder.name, "-c", path, "-e", "stderr"])
        self._wait_for_port()

    def _wait_for_port(self):
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                Connection(self.address).close()
                return
            except ConnectionRefusedError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    def connect(self):
        return Connection(self.address)

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.folder.cleanup()


class Fifo:
    """A named pipe between the suite and an app; neither end can make the suite wait for ever."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "fifo")
        os.mkfifo(self.path)
        # Non-blocking, so that opening does not wait for the app.
        self.reader = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.reader is not None:
            os.close(self.reader)
        self.folder.cleanup()

    def expect_words(self):
        """To be called before the app is told the path."""
        self.reader = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)

    def read_line(self):
        line = b""
        deadline = time.monotonic() + PATIENCE
        while not line.endswith(b"\n") and time.monotonic() < deadline:
            if select.select([self.reader], [], [], 1)[0]:
                piece = os.read(self.reader, 1)
                line += piece
                if not piece:
                    time.sleep(0.01)  # nobody has opened the other end yet
        return line.decode()

    def let_go(self):
        """Ends the app's reading of the pipe; waits until it has opened it."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                os.close(os.open(self.path, os.O_WRONLY | os.O_NONBLOCK))
                return
            except OSError:  # ENXIO: nobody reads yet
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
