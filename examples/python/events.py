"""Server-sent events: each event is sent when it is made, and the thread is given back when the client has left.

A client that waits holds a thread, as long as WSGI is as it is: give the server as many as there are to be clients.
"""
import time

from wserve import serve


def events(is_gone):
    number = 0
    while not is_gone():
        yield f"data: {number}\n\n".encode()
        number += 1
        time.sleep(1)


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/event-stream"), ("Cache-Control", "no-store")])
    return events(environ["waitress.client_disconnected"])


if __name__ == "__main__":
    serve(app, listen="127.0.0.1:8080", threads=32)
