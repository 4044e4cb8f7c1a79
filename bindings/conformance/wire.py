"""A plain HTTP/1.1 client on a socket: what it sends and gets are bytes, and nothing is mended on the way."""
import socket

PATIENCE = 30  # seconds until a test gives up; no test measures time


class Response:
    def __init__(self, status, fields, body, trailers, is_complete):
        self.status = status
        self.fields = fields  # [(name, value)] as they came
        self.body = body
        self.trailers = trailers
        self.is_complete = is_complete  # False when the connection ended before the body did

    def get(self, name):
        return [value for key, value in self.fields if key.lower() == name.lower()]


class Connection:
    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=PATIENCE)
        self.pending = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def request(self, method, target, body=None, fields=()):
        lines = [f"{method} {target} HTTP/1.1", "Host: example.com"]
        lines += [f"{name}: {value}" for name, value in fields]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        self.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b""))

    def _more(self):
        data = self.socket.recv(1 << 16)
        self.pending += data
        return bool(data)

    def read_until(self, mark):
        """Up to and with `mark`."""
        while mark not in self.pending:
            if not self._more():
                raise EOFError(f"the connection ended before {mark!r}, after {self.pending!r}")
        found, self.pending = self.pending.split(mark, 1)
        return found + mark

    def read_exactly(self, size):
        while len(self.pending) < size:
            if not self._more():
                raise EOFError(f"the connection ended after {len(self.pending)} of {size} bytes")
        found, self.pending = self.pending[:size], self.pending[size:]
        return found

    def read_rest(self):
        try:
            while self._more():
                pass
        except ConnectionResetError:
            pass
        found, self.pending = self.pending, b""
        return found

    def head(self):
        """Status and fields of the next response, interim ones too."""
        lines = self.read_until(b"\r\n\r\n")[:-4].decode("latin-1").split("\r\n")
        fields = [tuple(line.split(": ", 1)) if ": " in line else (line.rstrip(":"), "") for line in lines[1:]]
        return int(lines[0].split(" ", 2)[1]), fields

    def chunk(self):
        """The next chunk's data; empty for the last."""
        size = int(self.read_until(b"\r\n")[:-2], 16)
        data = self.read_exactly(size)
        if size > 0:
            self.read_exactly(2)
        return data

    def response(self, method="GET"):
        status, fields = self.head()
        head = Response(status, fields, b"", [], True)
        if method == "HEAD" or status in (204, 304) or status < 200:
            return head
        if head.get("Transfer-Encoding") == ["chunked"]:
            self._read_chunks(head)
        elif head.get("Content-Length"):
            head.body = self.read_exactly(int(head.get("Content-Length")[0]))
        else:
            head.body = self.read_rest()
        return head

    def _read_chunks(self, response):
        try:
            while piece := self.chunk():
                response.body += piece
            while (line := self.read_until(b"\r\n")[:-2]) != b"":
                response.trailers.append(tuple(line.decode("latin-1").split(": ", 1)))
        except (EOFError, ConnectionResetError):
            response.is_complete = False

    def exchange(self, method, target, body=None, fields=()):
        self.request(method, target, body, fields)
        return self.response(method)
