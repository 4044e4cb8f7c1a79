"""Waitress. usage: waitress_hello.py PORT"""
import sys

import waitress


def answer(_environ, start_response):
    body = b"Hello, World!\n"
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]


waitress.serve(answer, host="127.0.0.1", port=int(sys.argv[1]), threads=4)
