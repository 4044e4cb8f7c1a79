"""The smallest application: python3 hello.py, then http://127.0.0.1:8080/"""
from wserve import serve


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"Hello, World!\n"]


if __name__ == "__main__":
    serve(app, listen="127.0.0.1:8080")
