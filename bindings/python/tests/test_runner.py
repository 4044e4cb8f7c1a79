"""wserve-serve and python -m wserve."""
import io
import signal
import sys
import unittest
from contextlib import redirect_stderr, redirect_stdout
from unittest import mock

from support import Client, FolderTest, Program, can_connect, free_port, wait_until
from wserve import runner

APP = """
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]
def make():
    return app
class box:
    inner = app
"""


class Run(FolderTest):
    def setUp(self):
        super().setUp()
        self.write("some_app.py", APP)
        path = mock.patch.object(sys, "path", [str(self.folder), *sys.path])
        path.start()
        self.addCleanup(path.stop)
        self.addCleanup(sys.modules.pop, "some_app", None)

    def run_with(self, *words):
        """(status, what was served, its options, standard output, standard error)"""
        served = []
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            status = runner.run(["wserve-serve", *words], lambda app, **settings: served.append((app, settings)))
        app, settings = served[0] if served else (None, None)
        return status, app, settings, out.getvalue(), err.getvalue()

    def test_names_of_applications(self):
        for words in (["some_app:app"], ["some_app.app"], ["--app=some_app:app"], ["some_app:box.inner"],
                      ["--call", "some_app:make"]):
            status, app, settings, _, _ = self.run_with(*words)
            self.assertEqual((status, app.__name__, settings), (0, "app", {}))

    def test_options(self):
        words = ["--listen=127.0.0.1:1", "--listen", "[::1]:1", "--threads=3", "--no-expose-tracebacks", "--ipv6",
                 "--url-prefix=/x", "--trusted-proxy=*"]
        self.assertEqual(self.run_with(*words, "some_app:app")[2],
                         {"listen": "127.0.0.1:1 [::1]:1", "threads": "3", "expose_tracebacks": "false", "ipv6": "true",
                          "url_prefix": "/x", "trusted_proxy": "*"})

    def test_help(self):
        status, _, _, out, err = self.run_with("--help")
        self.assertEqual((status, err), (0, ""))
        self.assertTrue(out.startswith("Usage:\n\n    wserve-serve [OPTS] [MODULE:OBJECT]\n"))
        for word in ("--listen=", "--[no-]expose-tracebacks", "--call", "--trusted-proxy-headers="):
            self.assertIn(word, out)

    def test_mistakes(self):
        for words, said in [
                ([], "Specify an application"),
                (["--threads=1"], "Specify an application"),
                (["some_app:app", "other:app"], "Provide only one WSGI app"),
                (["--app=some_app:app", "some_app:app"], "Provide only one WSGI app"),
                (["--bad-opt", "some_app:app"], "option --bad-opt not recognized"),
                (["--port"], "option --port requires argument"),
                (["--help=x"], "option --help must not have an argument"),
                (["--l", "some_app:app"], "option --l not a unique prefix"),
                (["nonsense"], "Cannot import WSGI application 'nonsense': "),
                (["no_such_module:app"], "Cannot import WSGI application 'no_such_module:app': No module named"),
                (["some_app:nothing"], "Cannot import WSGI application 'some_app:nothing': ")]:
            status, app, _, out, err = self.run_with(*words)
            self.assertEqual((status, app, out), (1, None, ""))
            self.assertTrue(err.startswith(f"Error: {said}"), err[:200])
            self.assertIn("Usage:\n", err)


class Programs(FolderTest):
    def test_serves_from_the_current_folder(self):
        self.write("some_app.py", APP)
        port = free_port()
        program = Program(arguments=["-m", "wserve", f"--listen=127.0.0.1:{port}", "some_app:app"], folder=self.folder)
        wait_until(lambda: can_connect(port))
        with Client(("127.0.0.1", port)) as client:
            self.assertEqual(client.ask().body, b"hello")
        status, _, errors = program.end(signal.SIGTERM)
        self.assertEqual(status, 0)
        self.assertIn(f"Serving on http://127.0.0.1:{port}", errors)

    def test_status_of_a_mistake(self):
        status, _, errors = Program(arguments=["-m", "wserve"], folder=self.folder).end()
        self.assertEqual(status, 1)
        self.assertIn("Error: Specify an application", errors)

    def test_reload(self):
        module = self.write("some_app.py", APP)
        port = free_port()
        program = Program(arguments=["-m", "wserve", "--reload", f"--listen=127.0.0.1:{port}", "some_app:app"],
                          folder=self.folder)
        wait_until(lambda: can_connect(port))
        module.write_text(APP.replace("hello", "another"))

        def has_changed():
            if not can_connect(port):
                return False
            try:
                with Client(("127.0.0.1", port)) as client:
                    return client.ask().body == b"another"
            except (OSError, IndexError):
                return False
        wait_until(has_changed, 60)
        self.assertEqual(program.end(signal.SIGTERM)[0], 0)


if __name__ == "__main__":
    unittest.main()
