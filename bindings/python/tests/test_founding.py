"""The recipes that Waitress's users have for a reverse proxy, with one name replaced, behind real proxies."""
import contextlib
import signal
import tomllib
import unittest

from proxies import apache, nginx
from support import ROOT, Client, FolderTest, Program, is_served, free_port, wait_until

# What an application sees of itself; and serve() as it is, but for a port that is free.
PRELUDE = """
import functools, wserve
from wsgiref.util import request_uri
def wsgiapp(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{request_uri(environ)} {environ['SCRIPT_NAME']} {environ['PATH_INFO']} {environ['REMOTE_ADDR']}".encode()]
app = wsgiapp
serve_as_told = wserve.serve
def serve(app, **adjustments):
    adjustments["listen"] = adjustments.get("listen", "0.0.0.0:8080").replace("8080", "%d")
    serve_as_told(app, **adjustments, **%r)
wserve.serve = serve
"""

URL_SCHEME = """
from wserve import serve
serve(wsgiapp, listen='0.0.0.0:8080', url_scheme='https')
"""
URL_PREFIX = """
from wserve import serve
serve(wsgiapp, listen='0.0.0.0:8080', url_prefix='/foo')
"""
FORWARDED_PROTO = """
from wserve import serve
serve(wsgiapp, listen='0.0.0.0:8080', trusted_proxy='127.0.0.1')
"""
PREFIX_MIDDLEWARE = """
from wserve import serve
from paste.deploy.config import PrefixMiddleware
app = PrefixMiddleware(app)
serve(app)
"""
INI = """
[app:myapp]
use = egg:mypackage#myapp

[filter:paste_prefix]
use = egg:PasteDeploy#prefix

[pipeline:main]
pipeline =
    paste_prefix
    myapp

[server:main]
use = egg:wserve#main
listen = 127.0.0.1:8080
"""
HOST = "proxy_set_header        Host $host;"
PROTO = "proxy_set_header        X-Forwarded-Proto $scheme;"
FOR = "proxy_set_header        X-Forwarded-For $proxy_add_x_forwarded_for;"
# PrefixMiddleware believes what the server leaves in the environ: so the server must be told to.
BELIEVED = {"trusted_proxy": "127.0.0.1", "trusted_proxy_headers": "x-forwarded-proto x-forwarded-for"}


class Recipes(FolderTest):
    @contextlib.contextmanager
    def running(self, block, **more):
        port = free_port()
        program = Program(PRELUDE % (port, more) + block)
        try:
            wait_until(lambda: is_served(port) or program.process.poll() is not None)
            yield port
        finally:
            status, _, errors = program.end(signal.SIGTERM)
            self.assertEqual(status, 0, errors)

    def seen(self, port, target="/x", fields=()):
        with Client(("127.0.0.1", port)) as client:
            return client.ask(target, fields=fields).body.decode().split(" ")

    def behind_both(self, block, nginx_lines, apache_lines, expected, target="/x", **more):
        with self.running(block, **more) as upstream:
            for proxy, lines in ((nginx, nginx_lines), (apache, apache_lines)):
                with proxy(upstream, *lines) as port:
                    self.assertEqual(self.seen(port, target)[:len(expected)], expected, proxy.__name__)

    def test_url_scheme(self):
        self.behind_both(URL_SCHEME, [HOST], ["ProxyPreserveHost On"], ["https://example.com/x"])

    def test_forwarded_proto(self):
        self.behind_both(FORWARDED_PROTO, [HOST, PROTO],
                         ["ProxyPreserveHost On", "RequestHeader set X-Forwarded-Proto http"], ["http://example.com/x"])
        self.behind_both(FORWARDED_PROTO, [HOST, PROTO.replace("$scheme", "https")],
                         ["ProxyPreserveHost On", "RequestHeader set X-Forwarded-Proto https"],
                         ["https://example.com/x"])

    def test_url_prefix(self):
        expected = ["http://example.com/foo/x", "/foo", "/x"]
        for target in ("/foo/x", "/x"):
            self.behind_both(URL_PREFIX, [HOST], ["ProxyPreserveHost On"], expected, target)

    def test_prefix_middleware(self):
        self.behind_both(PREFIX_MIDDLEWARE, [HOST, PROTO.replace("$scheme", "https"), FOR],
                         ["ProxyPreserveHost On", "RequestHeader set X-Forwarded-Proto https"],
                         ["https://example.com/x", "", "/x", "127.0.0.1"], **BELIEVED)

    def test_a_strangers_headers_are_not_believed(self):
        with self.running(PREFIX_MIDDLEWARE) as port:
            self.assertEqual(self.seen(port, fields=["X-Forwarded-Proto: https", "X-Forwarded-For: 192.0.2.1"]),
                             ["http://example.com/x", "", "/x", "127.0.0.1"])

    def distribution(self, name, entry_points):
        self.write(f"{name}-1.0.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0.0\n")
        self.write(f"{name}-1.0.0.dist-info/entry_points.txt", "".join(
            f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in entries.items())
            for group, entries in entry_points.items()))

    def ini_program(self, text):
        """As pserve does it: an application and a server of an ini file."""
        project = tomllib.loads((ROOT / "bindings/python/pyproject.toml").read_text())["project"]
        self.distribution("wserve", project["entry-points"])
        self.distribution("mypackage", {"paste.app_factory": {"myapp": "mypackage:make"}})
        self.write("mypackage.py", PRELUDE.split("app = wsgiapp")[0] + "\ndef make(global_conf): return wsgiapp\n")
        self.write("deploy.ini", text)
        return Program(f"""
import sys
sys.path.insert(0, {str(self.folder)!r})
from paste.deploy import loadapp, loadserver
uri = "config:{self.folder}/deploy.ini"
loadserver(uri)(loadapp(uri))
""", flags=())

    def test_ini_file(self):
        for runner in ("main", "factory"):
            port = free_port()
            program = self.ini_program(INI.replace("8080", str(port)).replace("wserve#main", f"wserve#{runner}"))
            wait_until(lambda: is_served(port) or program.process.poll() is not None)
            for proxy, line in ((nginx, HOST), (apache, "ProxyPreserveHost On")):
                with proxy(port, line) as front:
                    self.assertEqual(self.seen(front), ["http://example.com/x", "", "/x", "127.0.0.1"])
            status, _, errors = program.end(signal.SIGTERM)
            self.assertEqual(status, 0, errors)


if __name__ == "__main__":
    unittest.main()
