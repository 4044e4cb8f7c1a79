"""The access log as JSON, under bytes that would like to be a line or a field of their own: jq reads every line.

usage: test_json_log.py WSERVE_COMMAND REQUESTS
"""
import itertools
import json
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import threading

WSERVE = sys.argv[1]
REQUESTS = int(sys.argv[2])
BATCH = 100  # pipelined at once
PATIENCE = 600

EVIL = b'{"evil":1}'
TEXTS = [
    b'","evil":"1', b'\\","evil":"1', b'\\\\","evil":"1', b"\\u0022,\\u0022evil\\u0022:1", b"'}\t" + EVIL, b"\xe2\x80\xa8" + EVIL,
    b"\xc2\x85" + EVIL, b"\xed\xa0\x80", b"\xf0\x9f\x98", b"\xc0\xaf", b"\xe2\x80\xae" + EVIL, b"\xef\xbb\xbf" + EVIL, b"\xf4\x90\x80\x80",
    b"\x9b31m", b"\\", b'"', b"a" * 3000 + b'"', b"%0a" + EVIL, b"\\n" + EVIL, *(bytes([byte]) + EVIL for byte in range(0x80, 0x100)),
]


def requests():
    """One for each text, in a field, and as far as it may stand there, in the query."""
    for number, text in enumerate(TEXTS):
        query = re.sub(rb"[^!-~]|[\"<>\\^`{|}]", lambda byte: b"%%%02X" % byte[0][0], text)
        yield (b"GET /%d?" % number) + query + b" HTTP/1.1\r\nHost: a\r\nUser-Agent: " + text + b"\r\nReferer: " + text + b"\r\n\r\n"


def ask_all(port, count):
    """So many, pipelined; how many were answered with 200."""
    answered = 0
    endless = itertools.cycle(list(requests()))
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client, client.makefile("rb") as answers:
        while answered < count:
            size = min(BATCH, count - answered)
            batch = b"".join(itertools.islice(endless, size))
            sender = threading.Thread(target=client.sendall, args=(batch,))
            sender.start()
            for _ in range(size):
                assert answers.readline() == b"HTTP/1.1 200 OK\r\n"
                length = 0
                while (line := answers.readline()) != b"\r\n":
                    if line.startswith(b"Content-Length:"):
                        length = int(line[15:])
                answers.read(length)
            sender.join()
            answered += size
    return answered


def lost(lines):
    """What the server says it could not write."""
    return sum(int(number) for number in re.findall(r"(\d+) request\(s\) are not in the access log", lines))


def main():
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder) / "access.json"
        command = [WSERVE, "--listen=127.0.0.1:0", "--threads=0", f"--access-log={log}", "--access-log-format=json", "hello"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            port = int(re.search(r":(\d+)$", process.stdout.readline())[1])
            answered = ask_all(port, REQUESTS)
            process.terminate()
            said = process.communicate(timeout=PATIENCE)[1]
        program = ('reduce inputs as $line ({lines: 0, evil: 0, fields: {}}; .lines += 1 | .fields += ($line | map_values(1)) | '
                   'if $line | has("evil") then .evil += 1 else . end) | .fields |= keys')
        read = subprocess.run(["jq", "-cn", program, str(log)], check=True, capture_output=True, text=True)
        seen = json.loads(read.stdout)
        print(f"{answered} answered, {seen['lines']} lines, {lost(said)} said to be lost: {said.strip()}")
        print(f"fields: {', '.join(seen['fields'])}")
        assert seen["evil"] == 0 and "evil" not in seen["fields"]
        assert seen["lines"] + lost(said) == answered == REQUESTS
        assert seen["lines"] > 0
        with log.open("rb") as lines:
            assert sum(chunk.count(b"\n") for chunk in iter(lambda: lines.read(1 << 20), b"")) == seen["lines"]


main()
