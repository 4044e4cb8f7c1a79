"""The server: options, listening, threads, and its end."""
from __future__ import annotations

import atexit
import errno
import logging
import os
import queue
import signal
import sys
import threading
import time
import traceback
import weakref
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Iterable, MutableMapping

from wserve import _native
from wserve.body import open_body
from wserve.file_wrapper import FileWrapper, deliver
from wserve.log_relay import LogRelay, level_name, logger
from wserve.options import packed
from wserve.sockets import add_socket, addresses

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

__all__ = ["Server", "WSGIServer", "create_server", "serve"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
# Seconds: a signal that comes between the interpreter's last look for signals and its waiting does not end the waiting.
SIGNAL_DELAY = 0.5
PATIENCE = 5  # seconds for threads of a stopped server
LONGEST_MS = 2**31 - 1
NO_APP = ('The "app" passed to ``create_server`` was ``None``.  You forgot to return a WSGI app within your '
          "application.")

_running: weakref.WeakSet[Server] = weakref.WeakSet()


class _translated:
    """Errors of the system as OSError with a number, as Python's own sockets raise them."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 _traceback: TracebackType | None) -> None:
        if kind is not None and issubclass(kind, _native.SystemError):
            text = str(error)
            number = next((n for n in errno.errorcode if text.endswith(os.strerror(n))), None)
            raise OSError(number, text) if number else OSError(text)


def _checked(app: WSGIApplication) -> WSGIApplication:
    if app is None:
        raise ValueError(NO_APP)
    if not callable(app):
        raise TypeError(f"app must be a WSGI application, which is called with two arguments, got {type(app).__name__}")
    return app


class Server:
    """A server that listens. It serves in run(), on threads of Python's own.

    `adjustments` are the options of the library: text, numbers, booleans, lists; `sockets` may be socket objects.
    `map`, a dict, is for several servers that are to run together: run() of one of them runs all.
    `ini` is an ini file in the dialect of PasteDeploy whose server section and filters are read first.
    `access_logger` is a logger that gets the lines of the access log, at INFO: "wserve.access" by its name, or a Logger.
    """

    def __init__(self, app: WSGIApplication, map: MutableMapping[Any, Any] | None = None, *, ini: str | None = None,
                 access_logger: logging.Logger | str | None = None, **adjustments: Any) -> None:
        self.application = _checked(app)
        self._native = _native.Server()
        self._map = map
        self._threads: list[threading.Thread] = []
        self._may_work: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._has_stopped = threading.Event()
        self._is_stopping = False
        self._failure: BaseException | None = None
        self._relay = LogRelay(self._native)
        with _translated():
            self._set_up(ini, adjustments, access_logger)
            self._open()
        self.effective_listen = addresses(self._native)
        self._relay.pass_on()
        if map is not None:
            map[id(self)] = self

    def _open(self) -> None:
        self._native.listen()

    def _set_up(self, ini: str | None, adjustments: dict[str, Any], access_logger: logging.Logger | str | None) -> None:
        names = {name.replace("-", "_") for name in adjustments}
        if "log_fd" not in names:
            self._relay.keep_log()
            if "log_level" not in names:
                self._native.set("log_level", level_name())
        if ini is not None:
            self._native.load_settings(os.fspath(ini))
        self._native.set_packed(packed(adjustments))
        if access_logger is not None:
            self._relay.keep_access(logging.getLogger(access_logger) if isinstance(access_logger, str) else access_logger)
        if float(self.get("slow_request") or 0) > 0:
            self._relay.keep_slow()

    # -- questions

    @property
    def effective_host(self) -> str:
        return self.effective_listen[0][0]

    @property
    def effective_port(self) -> str:
        return self.effective_listen[0][1]

    @property
    def port(self) -> int:
        """Of the first socket: for `port=0` the one that was taken."""
        return self._native.port(0)

    @property
    def task_dispatcher(self) -> "Server":
        """For programs that end Waitress's threads by themselves: it has shutdown()."""
        return self

    def get(self, name: str) -> str | None:
        """Text of an option, or None when there is no such option."""
        return self._native.get(name)

    def stat(self, name: str) -> int:
        """"connections", "requests", "waiting" and many more; see stats()."""
        return self._native.stat(name)

    def explain_proxy(self, peer: str, fields: Iterable[tuple[str, str]]) -> str:
        """What of these proxy headers would be believed, hop by hop, and why."""
        return self._native.explain_proxy(peer, "".join(f"{name}: {value}\n" for name, value in fields))

    def print_listen(self, format_str: str) -> None:
        """Says in the log, at INFO, where the server listens."""
        for host, port in self.effective_listen:
            logger.info(format_str.format(f"[{host}]" if ":" in host and host != "unix" else host, port))

    # -- its life

    def run(self) -> None:
        """Serves until close(), Ctrl-C, SystemExit or (where nobody handles it) SIGTERM: then it answers what has come,
        and returns. A second Ctrl-C ends it at once."""
        servers = [self] if self._map is None else [s for s in self._map.values() if isinstance(s, Server)]
        for server in servers:
            server._require_new()
        with _StopOnTerm(servers):
            try:
                _start_all(servers)
                _wait_for(servers)
            except (SystemExit, KeyboardInterrupt):
                for server in servers:
                    server._let_work()
                    server.stop()
                _wait_for_end(servers)
            except BaseException:
                for server in servers:
                    server._let_work()
                    server.drain(0)
                raise
            finally:
                for server in servers:
                    server._finish()

    def start(self) -> None:
        """Serves on threads of its own and returns at once; with threads=0, run() serves on its caller's."""
        self._require_new()
        try:
            self._start_threads()
        finally:
            self._let_work()

    def _require_new(self) -> None:
        """Otherwise a second run() would end what the first one has begun."""
        if self in _running:
            raise _native.StateError("the server is running already")
        if self._has_stopped.is_set():
            raise _native.StateError("the server was closed, or has been run already: make another one")

    def _start_threads(self) -> None:
        with _translated():
            self._native.start(self._hooks())
        self._process = os.getpid()
        _running.add(self)
        threading.Thread(target=self._watch, name="wserve-end", daemon=True).start()
        self._relay.start()
        for index in range(int(self.get("threads") or 0)):
            thread = threading.Thread(target=self._work_after_start, name=f"wserve-{index}", daemon=True)
            thread.start()
            self._threads.append(thread)
        if self._is_stopping:
            self._native.stop()  # asked before it could

    def stop(self) -> None:
        """Asks the server to stop, and returns at once: what has come is answered."""
        self._is_stopping = True
        self._native.stop()

    def shutdown(self, cancel_pending: bool = True, timeout: float = PATIENCE) -> bool:
        """Stops the server and waits for its end, but no longer than so many seconds; then what is left is cut."""
        self.drain(timeout)
        return self.join(timeout + 1)

    def drain(self, seconds: float) -> None:
        """As stop(), but connections are cut after that many seconds; a later call may shorten the time."""
        self._is_stopping = True
        self._native.drain(min(int(seconds * 1000), LONGEST_MS))

    def close(self) -> None:
        """Stops the server, if it runs, and closes its sockets."""
        if self in _running:
            self.stop()
        elif not self._has_stopped.is_set():
            self._has_stopped.set()
            self._native.free()

    def join(self, timeout: float | None = None) -> bool:
        """Waits until a server that runs has stopped; False when the time is up before."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while self in _running:
            left = SIGNAL_DELAY if deadline is None else min(SIGNAL_DELAY, deadline - time.monotonic())
            if self._has_stopped.wait(max(0, left)):
                break
            if deadline is not None and time.monotonic() >= deadline:
                return False
        return True

    # -- inside

    def _hooks(self) -> tuple[Any, ...]:
        """In the order of native/native.h."""
        return (self.application, FileWrapper, deliver, self._report, open_body, add_socket, self._base())

    def _base(self) -> dict[str, Any]:
        """What all environs have in common, and in their order what each has: a copy of it need not grow."""
        of_each = ("REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "REQUEST_URI", "SERVER_PROTOCOL",
                   "SERVER_NAME", "SERVER_PORT", "SERVER_SOFTWARE", "REMOTE_ADDR", "REMOTE_HOST", "REMOTE_PORT",
                   "wsgi.url_scheme", "wsgi.input", "waitress.client_disconnected", "wsgi.early_hints",
                   "wserve.request")
        environ: dict[str, Any] = dict.fromkeys(of_each, "")
        environ.update({
            "wsgi.version": (1, 0), "wsgi.errors": sys.stderr, "wsgi.run_once": False, "wsgi.multiprocess": False,
            "wsgi.multithread": int(self.get("threads") or 0) > 1, "wsgi.input_terminated": True,
            "wsgi.file_wrapper": FileWrapper})
        return environ

    def _work_after_start(self) -> None:
        """No request is answered before all of them run: an interpreter that ends while a thread begins would crash."""
        self._may_work.put(self._may_work.get())  # and the next one may
        self._work()

    def _let_work(self) -> None:
        """Lets the threads begin, however often. One call in C: unlike those of an Event, it is done or not when a signal's
        handler raises."""
        self._may_work.put(None)

    def _work(self) -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)  # for processes that the application starts
        try:
            self._native.work()
        except BaseException as error:
            if os.getpid() != self._process:
                raise  # a child that an application has forked, on its way out
            self._failure = error
            self.drain(0)

    def _watch(self) -> None:
        self._native.join()
        self._has_stopped.set()

    def _serve_here(self) -> None:
        """threads=0: this thread turns the event loop too."""
        self._native.work()

    def _report(self, error: BaseException, environ: dict[str, Any] | None, request: _native.Request) -> None:
        """An application's failure: to the log, and to the client as a 500."""
        if os.getpid() != self._process:
            raise error
        if not isinstance(error, _native.ClientDisconnected):
            path = environ.get("PATH_INFO", "") if environ else request.get("PATH_INFO")
            logger.error("Exception while serving %s", path, exc_info=error)
            try:
                request.give_up("".join(traceback.format_exception(error)))
            except _native.StateError:
                pass  # the answer had ended
        if isinstance(error, (KeyboardInterrupt, SystemExit)) and threading.current_thread() is threading.main_thread():
            raise error

    def _finish(self) -> None:
        """Threads of the application may still run: they are given some time."""
        deadline = time.monotonic() + PATIENCE
        for thread in self._threads:
            thread.join(max(0, deadline - time.monotonic()))
        running = sum(thread.is_alive() for thread in self._threads)
        if running:
            logger.warning("%d thread(s) still running", running)
        self._relay.stop()
        _running.discard(self)
        if self._failure is not None:
            raise self._failure


# Names of waitress.server; each by itself, because checkers take no chain for types.
BaseWSGIServer = Server
MultiSocketServer = Server
TcpWSGIServer = Server
UnixWSGIServer = Server
WSGIServer = Server


def _start_all(servers: list[Server]) -> None:
    """A signal comes before or behind it, but not half way. Nor may one come to a thread of the application, which takes
    signals, while this one takes none: it would not wake this one."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        for server in servers:
            server._start_threads()
    finally:
        try:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        finally:
            for server in servers:
                server._let_work()


def _wait_for(servers: list[Server]) -> None:
    inline = [server for server in servers if server.get("threads") == "0"]
    if len(inline) > 1:
        raise ValueError("one thread can serve one server with threads=0, not several")
    for server in inline:
        server._serve_here()
    for server in servers:
        server.join()


def _wait_for_end(servers: list[Server]) -> None:
    try:
        _wait_for(servers)
    except (SystemExit, KeyboardInterrupt):
        for server in servers:
            server.drain(0)
        _wait_for(servers)


class _StopOnTerm:
    """SIGTERM stops the servers, unless the program has a handler of its own; at a second one, at once."""

    def __init__(self, servers: list[Server]) -> None:
        self._servers = servers

    def __enter__(self) -> None:
        is_main = threading.current_thread() is threading.main_thread()
        self._is_ours = is_main and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        if self._is_ours:
            signal.signal(signal.SIGTERM, self._stop)

    def __exit__(self, *_error: object) -> None:
        if self._is_ours:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        for server in self._servers:
            if server._is_stopping:
                server.drain(0)
            else:
                server.stop()


@atexit.register
def _stop_all() -> None:
    """A program that ends while servers run on threads of its own: those end before the interpreter does."""
    for server in list(_running):
        if server._process == os.getpid():
            server.drain(0)
            for thread in server._threads:
                thread.join(1)


class _CheckedServer(Server):
    """One that only finds out whether it could listen."""

    def _open(self) -> None:
        self._native.check()


def check(app: WSGIApplication, **adjustments: Any) -> None:
    """Raises what create_server() would, and opens no socket: for a look at options before a restart."""
    _CheckedServer(app, **adjustments)


def create_server(application: WSGIApplication, map: MutableMapping[Any, Any] | None = None, **adjustments: Any) -> Server:
    """A server that listens; run() serves."""
    return Server(application, map, **adjustments)


def serve(app: WSGIApplication, **adjustments: Any) -> None:
    """Serves an application until the program is told to end; see Server.run()."""
    is_quiet = adjustments.pop("_quiet", False)
    make = adjustments.pop("_server", create_server)
    if not is_quiet:
        logging.basicConfig()
    server = make(app, **adjustments)
    if not is_quiet:
        server.print_listen("Serving on http://{}:{}")
    server.run()
