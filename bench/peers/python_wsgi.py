"""The same WSGI application under each server; `python_wsgi.py SERVER PORT` runs it under Waitress or wserve."""
import sys


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "14")])
    return [b"Hello, World!\n"]


if __name__ == "__main__":
    module, port = sys.argv[1:]
    __import__(module).serve(app, listen=f"127.0.0.1:{port}", threads=4, connection_limit=20000)
