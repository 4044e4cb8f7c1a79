"""An upload is read while it comes: it is in no memory and in no other file, and what is too much is refused before any
of it was sent.

    python3 upload.py
    curl -T some_file http://127.0.0.1:8080/
"""
import hashlib
import tempfile

from wserve import serve

MOST = 10 * 2**30
TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    if int(environ.get("CONTENT_LENGTH") or 0) > MOST:
        start_response("413 Content Too Large", TEXT)
        return [b"too much\n"]
    digest, size = hashlib.sha256(), 0
    with tempfile.TemporaryFile() as kept:
        while piece := environ["wsgi.input"].read1(64 * 1024):  # what has come so far
            kept.write(piece)
            digest.update(piece)
            size += len(piece)
            print(f"{size} bytes", flush=True)
    start_response("200 OK", TEXT)
    return [f"{size} bytes, SHA-256 {digest.hexdigest()}\n".encode()]


if __name__ == "__main__":
    serve(app, listen="127.0.0.1:8080", body_streaming=True, max_request_body_size=2**40)
