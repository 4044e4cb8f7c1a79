"""wserve-serve and python -m wserve."""
import io
import signal
import sys
import unittest
from contextlib import redirect_stderr, redirect_stdout
from unittest import mock

from support import TIME, Client, FolderTest, Program, is_served, free_port, serving, wait_until
from wserve import runner

APP = """
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]
def make():
    return app
NUMBER = 17
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

    def test_check(self):
        self.assertEqual(self.run_with("--check", "--listen=127.0.0.1:1", "some_app:app"),
                         (0, None, None, "some_app:app can be served\n", ""))
        for words, said in ((["--threads=many", "some_app:app"], 'threads must be 0..1024 or auto, got "many"'),
                            (["--temporary-directory=/nowhere", "some_app:app"], "temporary_directory /nowhere"),
                            (["some_app:NUMBER"], "app must be a WSGI application"), (["no_app:app"], "No module named")):
            status, _, _, out, err = self.run_with("--check", *words)
            self.assertEqual((status, out), (1, ""))
            self.assertIn(said, err)

    def test_help_in_short(self):
        self.assertEqual(self.run_with("-h"), self.run_with("--help"))

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
                (["--treads=3", "some_app:app"], "option --treads not recognized; did you mean --threads?\n"),
                (["--no-expose_traceback", "a:b"], "option --no-expose_traceback not recognized; did you mean "
                                                    "--no-expose-tracebacks?\n"),
                (["--ipv4=ja", "a:b"], "option --ipv4 must not have an argument; say --ipv4 or --no-ipv4\n"),
                (["--port"], "option --port requires argument"),
                (["--help=x"], "option --help must not have an argument"),
                (["--l", "some_app:app"], "option --l not a unique prefix"),
                (["nonsense"], "Cannot import WSGI application 'nonsense': "),
                (["./some_app.py:app"], "Cannot import WSGI application './some_app.py:app': "),
                (["no_such_module:app"], "Cannot import WSGI application 'no_such_module:app': No module named"),
                (["some_app:nothing"], "Cannot import WSGI application 'some_app:nothing': ")]:
            status, app, _, out, err = self.run_with(*words)
            self.assertEqual((status, app, out), (1, None, ""))
            self.assertTrue(err.startswith(f"Error: {said}"), err[:200])
            self.assertIn("\n\nUsage:\n\n    wserve-serve [OPTS] ", err)
            self.assertIn(f"\nError: {said}", err)  # and behind the help, where it is seen

    def test_what_fails_in_a_module_has_its_traceback(self):
        self.write("needs_more.py", "import no_such_module\n")
        self.addCleanup(sys.modules.pop, "needs_more", None)
        err = self.run_with("needs_more:app")[4]
        self.assertIn("needs_more.py", err)
        self.assertTrue(err.endswith("ModuleNotFoundError: No module named 'no_such_module'\n"), err[-200:])


class Programs(FolderTest):
    def test_serves_from_the_current_folder(self):
        self.write("some_app.py", APP)
        port = free_port()
        program = Program(arguments=["-m", "wserve", f"--listen=127.0.0.1:{port}", "some_app:app"], folder=self.folder)
        wait_until(lambda: is_served(port))
        with Client(("127.0.0.1", port)) as client:
            self.assertEqual(client.ask().body, b"hello")
        status, _, errors = program.end(signal.SIGTERM)
        self.assertEqual(status, 0)
        self.assertIn(f"Serving on http://127.0.0.1:{port}", errors)

    def test_status_of_a_mistake(self):
        self.write("some_app.py", APP)
        with serving(lambda environ, start_response: []) as other:
            taken = f"127.0.0.1:{other.effective_port}"
            for words, said in [
                    (["--threads=many", "some_app:app"], 'threads must be 0..1024 or auto, got "many"\n'),
                    (["--listen=a:b:c", "some_app:app"], "listen"),
                    (["--listen=127.0.0.1:0", "--port=1", "some_app:app"], "listen"),
                    ([f"--listen={taken}", "some_app:app"], f'"{taken}": Address already in use\n'),
                    (["--listen=127.0.0.1:0", "some_app:NUMBER"], "app must be a WSGI application")]:
                status, _, errors = Program(arguments=["-m", "wserve", *words], folder=self.folder).end()
                self.assertEqual(status, 1)
                self.assertTrue(errors.startswith("Error: "), errors)
                self.assertIn(said, errors)
                self.assertEqual(errors.count("\n"), 1)
        status, _, errors = Program(arguments=["-m", "wserve"], folder=self.folder).end()
        self.assertEqual(status, 1)
        self.assertTrue(errors.startswith("Error: Specify an application\n\nUsage:\n\n    python -m wserve [OPTS] "), errors[:200])

    def test_help_for_who_reads_its_head(self):
        program = Program(arguments=["-m", "wserve", "--help"], folder=self.folder)
        program.process.stdout.close()
        self.assertEqual((program.process.wait(TIME), program.process.stderr.read()), (1, ""))
        program.process.stderr.close()

    def test_reload(self):
        module = self.write("some_app.py", APP)
        port = free_port()
        program = Program(arguments=["-m", "wserve", "--reload", f"--listen=127.0.0.1:{port}", "some_app:app"],
                          folder=self.folder)
        wait_until(lambda: is_served(port))
        module.write_text(APP.replace("hello", "another"))

        def has_changed():
            if not is_served(port):
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
