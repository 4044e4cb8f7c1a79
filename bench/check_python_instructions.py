#!/usr/bin/env python3
"""Counts the user-space instructions of a request to a Python application, inline and with ten fields, and fails above
a limit. A run with many requests less one with few leaves out how the interpreter begins and ends.

usage: check_python_instructions.py PYTHON FOLDER_OF_THE_PACKAGE
"""
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile

LIMIT = 33_000
FEW, MANY = 200, 1200
REQUEST = b"""GET /hello?a=b HTTP/1.1\r
Host: example.com\r
User-Agent: Mozilla/5.0 (X11; Linux x86_64)\r
Accept: text/html,*/*\r
Accept-Language: en\r
Accept-Encoding: gzip\r
Cookie: a=b; c=d\r
X-Request-Start: 1\r
X-Request-Id: 2\r
Referer: http://example.com/\r
Cache-Control: no-cache\r
\r
"""
SERVER = """
import wserve
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "14")])
    return [b"Hello, World!\\n"]
server = wserve.create_server(app, listen="127.0.0.1:0", threads=0)
print(server.effective_port, flush=True)
server.run()
"""


def ask(port, count):
    with socket.create_connection(("127.0.0.1", port), 60) as client:
        answers = client.makefile("rb")
        for _ in range(count):
            client.sendall(REQUEST)
            while answers.readline().strip():
                pass
            answers.read(len("Hello, World!\n"))


def count(python, package, requests):
    with tempfile.TemporaryDirectory() as folder:
        dump = pathlib.Path(folder) / "dump"
        command = ["valgrind", "--tool=callgrind", "--quiet", f"--callgrind-out-file={dump}", python, "-c", SERVER]
        environment = {**os.environ, "PYTHONPATH": package, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
            ask(int(server.stdout.readline()), requests)
            server.terminate()
        return int(re.search(r"^(?:totals|summary): (\d+)", dump.read_text(), re.MULTILINE).group(1))


def main():
    if shutil.which("valgrind") is None:
        sys.exit("valgrind is missing (Debian: apt-get install valgrind)")
    few, many = (count(*sys.argv[1:3], requests) for requests in (FEW, MANY))
    each = (many - few) // (MANY - FEW)
    print(f"{each} instructions for a request, at most {LIMIT}")
    return 1 if each > LIMIT else 0


if __name__ == "__main__":
    sys.exit(main())
