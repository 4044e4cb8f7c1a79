"""An upload is in memory or in a file when the application is called, and goes on to another file piece by piece:

    curl --data-binary @some_file http://127.0.0.1:8080/
"""
import hashlib
import tempfile

from wserve import serve


def app(environ, start_response):
    digest, size = hashlib.sha256(), 0
    with tempfile.TemporaryFile() as kept:
        while piece := environ["wsgi.input"].read(64 * 1024):
            kept.write(piece)
            digest.update(piece)
            size += len(piece)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{size} bytes, SHA-256 {digest.hexdigest()}\n".encode()]


if __name__ == "__main__":
    serve(app, listen="127.0.0.1:8080", max_request_body_size=10 * 2**30)
