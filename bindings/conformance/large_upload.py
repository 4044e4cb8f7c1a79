#!/usr/bin/env python3
"""A chunked upload that is streamed: into an echo app and back, where its first piece is back before the second is sent; and
through nginx into the app, for nginx 1.22 reads no answer before it has sent the request. Neither memory nor disk grow with it.

usage: large_upload.py [--mebibytes=N] [--growth=MEBIBYTES] [--peak=MEBIBYTES] -- COMMAND...
--growth: by how much the program may grow with a stream of whatever length; --peak: how much it may have at all.
"""
import argparse
import contextlib
import pathlib
import re
import tempfile
import threading
import unittest

from program import Nginx, Program

MEBIBYTE = 1 << 20
PIECE = bytes(range(256)) * (MEBIBYTE // 256)
FIRST = 1 << 16  # as much as an app asks for at once: some languages' read() waits for all of it
SETTINGS = argparse.Namespace(mebibytes=256, growth=16, peak=1024, command=[])
HEAD = b"POST %b HTTP/1.1\r\nHost: example.com\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk_of(data):
    return b"%x\r\n%b\r\n" % (len(data), data)


class Echo:
    """What comes back on a connection, on a thread of its own: it counts, and compares with what was sent."""

    def __init__(self, connection, size):
        self.connection = connection
        self.size = size  # has come already
        self.failure = None
        self.thread = threading.Thread(target=self._read)
        self.thread.start()

    def _read(self):
        try:
            while piece := self.connection.chunk():
                begin = self.size % 256
                if piece != (PIECE + PIECE)[begin:begin + len(piece)]:
                    raise ValueError(f"other bytes came back, after {self.size}")
                self.size += len(piece)
            self.connection.read_until(b"\r\n")
        except (OSError, EOFError, ValueError) as failure:
            self.failure = failure


class LargeUpload(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        # Above the mark the app waits for its client: what it writes does not go to a file either.
        options = ["--body_streaming=true", "--outbuf_high_watermark=524288", "--max_request_body_size=1T", "--buffer_file_limit=0",
                   f"--temporary_directory={self.folder.name}"]
        self.program = Program(SETTINGS.command, options)
        self.addCleanup(lambda: self.assertIsNone(self.program.stop()))

    def peak(self):
        """The most memory that the program had so far, in bytes."""
        text = pathlib.Path(f"/proc/{self.program.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", text).group(1)) * 1024

    def files(self):
        """Open files of the temporary directory, those without a name as well."""
        targets = []
        for link in pathlib.Path(f"/proc/{self.program.process.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # it has closed it meanwhile
                targets.append(str(link.readlink()))
        return [target for target in targets if target.startswith(self.folder.name)]

    def echo(self, mebibytes):
        with self.program.connect() as connection:
            connection.send(HEAD % b"/stream" + chunk_of(PIECE[:FIRST]))
            status, fields = connection.head()
            self.assertEqual((status, dict(fields).get("Transfer-Encoding")), (200, "chunked"))
            back = b""
            while len(back) < FIRST:
                back += connection.chunk()
            self.assertEqual(back, PIECE[:FIRST])
            connection.send(chunk_of(PIECE[FIRST:]))
            echo = Echo(connection, FIRST)
            for _ in range(mebibytes - 1):
                connection.send(chunk_of(PIECE))
                self.assertIsNone(echo.failure)
            self.assertEqual(self.files(), [])
            connection.send(b"0\r\n\r\n")
            echo.thread.join()
            self.assertIsNone(echo.failure)
            self.assertEqual(echo.size, mebibytes * MEBIBYTE)

    def count(self, address, mebibytes):
        with address.connect() as connection:
            connection.send(HEAD % b"/count")
            for _ in range(mebibytes):
                connection.send(chunk_of(PIECE))
            self.assertEqual(self.files(), [])
            connection.send(b"0\r\n\r\n")
            self.assertEqual(connection.response().body, b"%d\n" % (mebibytes * MEBIBYTE))

    def check(self, upload, *arguments):
        upload(*arguments, 1)
        before = self.peak()
        upload(*arguments, SETTINGS.mebibytes)
        self.assertLess(self.peak() - before, SETTINGS.growth * MEBIBYTE)
        self.assertLess(self.peak(), SETTINGS.peak * MEBIBYTE)

    def test_straight(self):
        self.check(self.echo)

    def test_through_nginx(self):
        nginx = Nginx(f"""location / {{
            proxy_pass http://{self.program.address};
            proxy_http_version 1.1;
            proxy_request_buffering off;
            client_max_body_size 0; }}""")
        self.addCleanup(nginx.stop)
        self.check(self.count, nginx)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mebibytes", type=int, default=SETTINGS.mebibytes)
    parser.add_argument("--growth", type=int, default=SETTINGS.growth)
    parser.add_argument("--peak", type=int, default=SETTINGS.peak)
    parser.add_argument("command", nargs="+")
    parser.parse_args(namespace=SETTINGS)
    unittest.main(argv=["large_upload.py"], verbosity=2)
