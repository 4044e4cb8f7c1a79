"""A WebSocket that sends back what comes, without a library: the connection is taken out of the server.

simple-websocket, and what builds on it, such as Flask-Sock, find the connection by themselves."""
import base64
import hashlib
import struct

from wserve import detach, serve

MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 §1.3


def exactly(connection, size):
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise ConnectionError("the client has left")
        data += piece
    return data


def read_frame(connection):
    """(opcode, payload) of one frame (RFC 6455 §5.2)."""
    first, second = exactly(connection, 2)
    length = second & 127
    if length > 125:
        length = struct.unpack("!H" if length == 126 else "!Q", exactly(connection, 2 if length == 126 else 8))[0]
    if length > 2**20:
        raise ConnectionError("too long for an echo")
    mask = exactly(connection, 4)
    return first & 15, bytes(byte ^ mask[i % 4] for i, byte in enumerate(exactly(connection, length)))


def send_frame(connection, opcode, payload):
    short = len(payload) < 126
    head = bytes([128 | opcode, len(payload)]) if short else struct.pack("!BBQ", 128 | opcode, 127, len(payload))
    connection.sendall(head + payload)


def app(environ, start_response):
    key = environ.get("HTTP_SEC_WEBSOCKET_KEY")
    if key is None:
        start_response("426 Upgrade Required", [("Upgrade", "websocket"), ("Content-Type", "text/plain")])
        return [b"This is a WebSocket.\n"]
    accept = base64.b64encode(hashlib.sha1((key + MAGIC).encode()).digest()).decode()
    with detach(environ) as connection:
        connection.sendall(f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                           f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode())
        opcode, payload = read_frame(connection)
        while opcode != 8:
            send_frame(connection, 10 if opcode == 9 else opcode, payload)
            opcode, payload = read_frame(connection)
        send_frame(connection, 8, payload)
    return []


if __name__ == "__main__":
    serve(app, listen="127.0.0.1:8080", threads=32)
