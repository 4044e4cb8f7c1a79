"""Options, addresses, and the life of a server: signals, forks, and the end of the interpreter."""
import gc
import logging
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest
import weakref

import wserve
from support import TIME, Client, FolderTest, Program, ask, is_served, client_of, free_port, serving, wait_until


def hello(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


HELLO = """
import wserve
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]
"""


class Lines(unittest.TestCase):
    """What the library's threads have to say besides the log."""

    def test_the_access_log_goes_to_a_logger(self):
        with self.assertLogs("wserve.access", logging.INFO) as caught:
            with serving(hello, access_logger="wserve.access", access_log_format="%m %U %>s") as server:
                with client_of(server) as client:
                    self.assertEqual(client.ask("/page").status, 200)
        self.assertEqual([record.getMessage() for record in caught.records], ["GET /page 200"])

    def test_a_slow_request_is_told_with_its_stack(self):
        held, told = threading.Event(), threading.Event()
        self.addCleanup(held.set)

        def held_back(environ, start_response):
            held.wait()
            return hello(environ, start_response)

        class Listening(logging.Handler):
            def emit(self, record):
                text = record.getMessage()
                if "its stack:" in text:
                    self.text = text
                    told.set()

        handler = Listening()
        logging.getLogger("wserve").addHandler(handler)
        self.addCleanup(logging.getLogger("wserve").removeHandler, handler)
        with serving(held_back, slow_request=0.1, threads=2) as server, client_of(server) as client:
            client.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertTrue(told.wait(TIME))
            held.set()
            self.assertEqual(client.read().status, 200)
        self.assertIn("GET /slow has been running for ", handler.text)
        self.assertIn("in held_back\n    held.wait()", handler.text)


class Options(FolderTest):
    def refused(self, *words, kind=ValueError, **adjustments):
        with self.assertRaises(kind) as caught:
            wserve.create_server(hello, **adjustments)
        for word in words:
            self.assertIn(word, str(caught.exception))

    def text(self, name, value):
        server = wserve.create_server(hello, port=0, **{name: value})
        self.addCleanup(server.close)
        return server.get(name)

    def test_python_forms(self):
        for name, value, text in [("threads", 7, "7"), ("threads", "7", "7"), ("expose_tracebacks", True, "true"),
                                  ("expose_tracebacks", "no", "no"), ("channel_timeout", 1.5, "1.5"),
                                  ("unix_socket_perms", 0o640, "640"), ("ident", None, ""), ("ident", "x", "x"),
                                  ("url_prefix", "/foo/", "/foo/"), ("server_name", b"bytes", "bytes")]:
            self.assertEqual(self.text(name, value), text)

    def test_lists(self):
        self.addCleanup((server := wserve.create_server(hello, listen=["127.0.0.1:0", "[::1]:0"])).close)
        self.assertEqual([host for host, _ in server.effective_listen], ["127.0.0.1", "::1"])
        trusting = wserve.create_server(hello, port=0, trusted_proxy=["127.0.0.1", "10.0.0.0/8"],
                                        trusted_proxy_headers={"x-forwarded-proto", "x-forwarded-for"})
        self.addCleanup(trusting.close)
        self.assertEqual(trusting.get("trusted_proxy_headers"), "x-forwarded-for x-forwarded-proto")
        self.assertIn("10.0.0.0/8", trusting.get("trusted_proxy"))

    def test_none_is_not_said(self):
        server = wserve.create_server(hello, listen="127.0.0.1:0", host=None, unix_socket=None, trusted_proxy=None)
        server.close()

    def test_refused(self):
        self.refused("threads must be 0..1024 or auto", threads=-1)
        self.refused("nonsense", nonsense=1)
        self.refused("listen", "host", listen="127.0.0.1:0", host="127.0.0.1")
        self.refused("trusted_proxy", trusted_proxy_headers="x-forwarded-for", port=0)
        self.refused("threads must be 0..1024 or auto, got object", kind=TypeError, threads=object())
        self.refused("threads must be 0..1024 or auto, got list", kind=TypeError, threads=[1])
        self.refused("ipv6 must be True or False, got dict", kind=TypeError, ipv6={})
        self.refused("listen must be text, or a list of texts, got function", kind=TypeError, listen=hello)
        self.refused("no_option must be text, a number, a bool or a list of them, got object", kind=TypeError,
                     no_option=object())
        self.refused("NUL", server_name="a\0b")
        with self.assertRaisesRegex(ValueError, "You forgot to return a WSGI app"):
            wserve.create_server(None)
        with self.assertRaisesRegex(TypeError, "app must be a WSGI application, .*got int"):
            wserve.create_server(5)

    def test_address_in_use_is_an_oserror_with_its_number(self):
        with serving(hello) as server, self.assertRaises(OSError) as caught:
            wserve.create_server(hello, listen=f"127.0.0.1:{server.effective_port}")
        import errno
        self.assertEqual(caught.exception.errno, errno.EADDRINUSE)

    def test_every_option_is_described(self):
        described = {option.name: option for option in wserve.options()}
        self.assertEqual(described["threads"].default, "4")
        self.assertTrue(all(option.help for option in described.values()))

    def test_every_number_is_described_and_known(self):
        with serving(hello, metrics_listen="127.0.0.1:0") as server:
            for stat in wserve.stats():
                self.assertGreaterEqual(server.stat(stat.name), 0, stat)
                self.assertTrue(stat.help)

    def test_sockets(self):
        with socket.create_server(("127.0.0.1", 0)) as bound:
            with serving(hello, listen=None, sockets=[bound]) as server, client_of(server) as client:
                self.assertEqual((server.port, server.effective_port), (bound.getsockname()[1], str(server.port)))
                self.assertEqual(client.ask().body, b"hello")

    def test_unix_socket(self):
        path = str(self.folder / "socket")
        with serving(hello, listen=None, unix_socket=path, unix_socket_perms="600") as server:
            self.assertEqual(server.effective_listen, [("unix", path)])
            with Client(path) as client:
                self.assertEqual(client.ask().body, b"hello")
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)

    def test_ini(self):
        path = self.write("deploy.ini", "[app:main]\nuse = egg:mypackage\n"
                          "[server:main]\nuse = egg:wserve\nthreads = 3\nurl_prefix = /x\n")
        with serving(hello, ini=path) as server:
            self.assertEqual((server.get("threads"), server.get("url_prefix")), ("3", "/x"))

    def test_explains_proxies(self):
        with serving(hello, trusted_proxy="10.0.0.1", trusted_proxy_headers="x-forwarded-for") as server:
            self.assertIn("192.0.2.7", server.explain_proxy("10.0.0.1", [("X-Forwarded-For", "192.0.2.7")]))


class Life(FolderTest):
    def test_threads_are_pythons(self):
        names = []

        def app(environ, start_response):
            names.append(threading.current_thread().name)
            return hello(environ, start_response)
        ask(app, threads=2)
        self.assertRegex(names[0], "^wserve-[01]$")

    def test_threads_run_side_by_side(self):
        both = threading.Barrier(3)

        def app(environ, start_response):
            both.wait(10)
            return hello(environ, start_response)
        with serving(app, threads=3) as server:
            clients = [client_of(server) for _ in range(3)]
            for client in clients:
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assertEqual([client.read().status for client in clients], [200] * 3)
            for client in clients:
                client.close()

    def test_without_threads(self):
        names = []

        def app(environ, start_response):
            names.append(threading.current_thread().name)
            return hello(environ, start_response)
        with serving(app, threads=0) as server, client_of(server) as client:
            self.assertEqual([client.ask().body for _ in range(3)], [b"hello"] * 3)
        self.assertFalse([name for name in names if name.startswith("wserve-")])

    def test_slow_clients_cost_no_thread(self):
        with serving(hello, threads=1) as server:
            slow = [client_of(server) for _ in range(50)]
            for client in slow:
                client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nx")
            with client_of(server) as client:
                self.assertEqual(client.ask().body, b"hello")
            for client in slow:
                client.close()

    def test_close_before_run_frees_the_address(self):
        server = wserve.create_server(hello, listen="127.0.0.1:0")
        port = server.effective_port
        server.close()
        server.close()
        wserve.create_server(hello, listen=f"127.0.0.1:{port}").close()

    def test_what_was_closed_still_tells_where_it_was_and_runs_no_more(self):
        server = wserve.create_server(hello, listen="127.0.0.1:0")
        port = server.effective_port
        server.close()
        self.assertEqual(server.effective_listen, [("127.0.0.1", port)])
        for start in (server.run, server.start):
            with self.assertRaisesRegex(wserve.StateError, "was closed"):
                start()

    def test_a_second_run_leaves_the_first_alone(self):
        with serving(hello) as server, client_of(server) as client:
            client.ask()
            for start in (server.run, server.start):
                with self.assertRaisesRegex(wserve.StateError, "is running already"):
                    start()
            self.assertEqual(client.ask().body, b"hello")

    def test_close_ends_run(self):
        server = wserve.create_server(hello, listen="127.0.0.1:0")
        thread = threading.Thread(target=server.run)
        thread.start()
        with client_of(server) as client:
            client.ask()
            server.close()
            thread.join(20)
        self.assertFalse(thread.is_alive())

    def test_shutdown_as_programs_of_waitress_do_it(self):
        server = wserve.create_server(hello, listen="127.0.0.1:0")
        thread = threading.Thread(target=server.run)
        thread.start()
        with client_of(server) as client:
            client.ask()
        self.assertTrue(server.task_dispatcher.shutdown())
        thread.join(20)
        self.assertFalse(thread.is_alive())

    def test_the_application_may_come_later(self):
        server = wserve.create_server(lambda *_: None, listen="127.0.0.1:0")
        server.application = hello
        thread = threading.Thread(target=server.run)
        thread.start()
        with client_of(server) as client:
            self.assertEqual(client.ask().body, b"hello")
        server.close()
        thread.join(20)

    def test_a_map_of_several(self):
        together = {}
        servers = [wserve.create_server(hello, map=together, listen="127.0.0.1:0") for _ in range(2)]
        thread = threading.Thread(target=servers[0].run)
        thread.start()
        for server in servers:
            with client_of(server) as client:
                self.assertEqual(client.ask().body, b"hello")
        for server in servers:
            server.drain(1)
        thread.join(20)
        self.assertFalse(thread.is_alive())

    def test_a_busy_request_is_answered_while_it_stops(self):
        inside, go_on = threading.Event(), threading.Event()

        def app(environ, start_response):
            inside.set()
            go_on.wait(10)
            return hello(environ, start_response)
        with serving(app) as server, client_of(server) as client:
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            inside.wait(10)
            server.stop()
            go_on.set()
            self.assertEqual(client.read().body, b"hello")

    def test_a_server_is_collected(self):
        server = wserve.create_server(hello, listen="127.0.0.1:0")
        server.close()
        gone = weakref.ref(server)
        del server
        gc.collect()
        self.assertIsNone(gone())

    def test_a_signal_just_before_the_threads_may_work(self):
        class Interrupted(queue.SimpleQueue):
            """The handler of a signal raises before anything is done."""
            signals = [SystemExit]

            def put(self, *args, **more):
                if self.signals:
                    raise self.signals.pop()
                super().put(*args, **more)

        server = wserve.create_server(hello, listen="127.0.0.1:0", threads=2)
        server._may_work = Interrupted()
        asked = socket.create_connection(server.effective_listen[0])
        asked.sendall(b"GET / HTTP/1.0\r\n\r\n")
        with asked, self.assertNoLogs("wserve", "WARNING"):
            server.run()
            self.assertTrue(asked.makefile("rb").read().endswith(b"hello"))
        self.assertEqual(Interrupted.signals, [])

    def test_log_lines_come_to_logging(self):
        def app(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "9")])
            return [b"short"]
        with self.assertLogs("wserve", "WARNING") as log:
            with serving(app) as server, client_of(server) as client:
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                client.file.read()
        self.assertIn("application returned too few bytes (5)", log.output[0])

    def test_serve_says_where(self):
        with self.assertLogs("wserve", "INFO") as log:
            server = wserve.create_server(hello, listen=["127.0.0.1:0", "[::1]:0"])
            server.print_listen("Serving on http://{}:{}")
            server.close()
        self.assertRegex(log.output[0], r"Serving on http://127\.0\.0\.1:\d+")
        self.assertRegex(log.output[1], r"Serving on http://\[::1\]:\d+")


class Programs(FolderTest):
    """Programs of their own, under -X dev and with a debugging allocator."""

    def start(self, source, **more):
        more.setdefault("environment", {"PYTHONMALLOC": "debug"})
        return Program(HELLO + source, **more)

    def assert_ended(self, program, signal_number=None, status=0, said=""):
        got, output, errors = program.end(signal_number)
        self.assertEqual((got, errors), (status, said), output)
        return output

    def test_signals_end_it_in_order(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            for threads in (4, 0):
                port = free_port()
                program = self.start("import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
                                     f"wserve.serve(app, listen='127.0.0.1:{port}', threads={threads})\n"
                                     "print('behind')")
                wait_until(lambda: is_served(port))
                with Client(("127.0.0.1", port)) as client:
                    self.assertEqual(client.ask().body, b"hello")
                self.assertEqual(self.assert_ended(program, number), "behind\n")

    def test_a_handler_of_the_programs_own_stays(self):
        port = free_port()
        program = self.start(f"import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\n"
                             f"wserve.serve(app, listen='127.0.0.1:{port}')\nprint('behind')")
        wait_until(lambda: is_served(port))
        self.assertEqual(self.assert_ended(program, signal.SIGTERM), "behind\n")

    def test_the_interpreter_ends_while_it_serves(self):
        output = self.assert_ended(self.start("""
import socket, threading
server = wserve.create_server(app, listen="127.0.0.1:0")
threading.Thread(target=server.run, daemon=True).start()
with socket.create_connection(server.effective_listen[0]) as client:
    client.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
    print(client.makefile("rb").read()[-5:])
"""))
        self.assertEqual(output, "b'hello'\n")

    def test_os_exit_in_an_application(self):
        port = free_port()
        program = self.start("import os\ndef app(environ, start_response): os._exit(5)\n"
                             f"wserve.serve(app, listen='127.0.0.1:{port}')")
        wait_until(lambda: is_served(port))
        with Client(("127.0.0.1", port)) as client:
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assert_ended(program, status=5)

    def test_an_application_forks(self):
        port = free_port()
        program = self.start(f"""
import multiprocessing, os, subprocess, sys
def app(environ, start_response):
    child = multiprocessing.get_context("fork").Process(target=print, args=("in the child",))
    child.start()
    child.join()
    start_response("200 OK", [])
    return [f"{{child.exitcode}} {{subprocess.run([sys.executable, '-c', 'exit(4)']).returncode}}".encode()]
wserve.serve(app, listen="127.0.0.1:{port}")
""", flags=("-X", "dev", "-W", "ignore::DeprecationWarning"))  # of a fork beside threads, since 3.12
        wait_until(lambda: is_served(port))
        with Client(("127.0.0.1", port)) as client:
            self.assertEqual([client.ask().body for _ in range(2)], [b"0 4"] * 2)
        self.assert_ended(program, signal.SIGTERM)

    def test_what_an_application_starts_can_be_ended(self):
        def app(environ, start_response):
            child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
            child.terminate()
            start_response("200 OK", [])
            return [str(child.wait(20)).encode()]
        self.assertEqual(ask(app).body, b"-15")

    def test_listen_first_then_fork(self):
        program = self.start("""
import os, signal, time
server = wserve.create_server(app, listen="127.0.0.1:0", threads=1)
told = []
signal.signal(signal.SIGTERM, lambda *_: (server.stop(), told.append(1)))  # in the children, too
print(server.effective_port, flush=True)
children = []
for _ in range(2):
    child = os.fork()
    if child == 0:
        server.run()
        os._exit(0)
    children.append(child)
while not told:
    time.sleep(0.01)
for child in children:
    os.kill(child, signal.SIGTERM)
print([os.waitpid(child, 0)[1] for child in children])
""")
        port = int(program.line())
        for _ in range(8):
            with Client(("127.0.0.1", port)) as client:
                self.assertEqual(client.ask().body, b"hello")
        self.assertEqual(self.assert_ended(program, signal.SIGTERM), "[0, 0]\n")

    def test_other_interpreters_are_refused_in_words(self):
        output = self.assert_ended(self.start("""
try:
    import _xxsubinterpreters as interpreters
except ImportError:
    import _interpreters as interpreters
try:
    print(interpreters.run_string(interpreters.create(), "import wserve"))
except Exception as error:
    print(error)
"""))
        self.assertRegex(output, "serves in the main interpreter only|does not support loading in subinterpreters")

    def test_no_leak(self):
        output = self.assert_ended(self.start("""
import socket, threading, tracemalloc
def app(environ, start_response):
    environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain"), ("X", environ["PATH_INFO"])])
    return [b"x"]
server = wserve.create_server(app, listen="127.0.0.1:0")
threading.Thread(target=server.run).start()
def ask(count):
    with socket.create_connection(server.effective_listen[0]) as client:
        file = client.makefile("rb")
        for i in range(count):
            client.sendall(f"POST /{i % 6} HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 3\\r\\n\\r\\nabc".encode())
            while file.readline().strip():
                pass
            file.read(1)
ask(500)
tracemalloc.start()
ask(500)
before = tracemalloc.get_traced_memory()[0]
ask(5000)
grown = tracemalloc.get_traced_memory()[0] - before
server.drain(1)
print(grown < 20000, grown)
""", environment={}))
        self.assertTrue(output.startswith("True"), output)


if __name__ == "__main__":
    unittest.main()
