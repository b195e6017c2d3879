"""HTTP by hand on one connection: what a library would add to each call would be measured with it."""

import socket
import time


def head(method: str, path: str, authorization: str, *more: str) -> str:
    """The beginning of a request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: {authorization}", *more]
    return "\r\n".join(lines) + "\r\n\r\n"


def get(path: str, token: str) -> bytes:
    """A whole request of a caller with that token."""
    return head("GET", path, f"Bearer {token}").encode()


def post(path: str, kind: str, authorization: str, body: str) -> bytes:
    """A whole request."""
    return (head("POST", path, authorization, f"Content-Type: {kind}", f"Content-Length: {len(body)}") + body).encode()


def opened(port: int) -> socket.socket:
    """A connection that sends at once."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def answer(connection: socket.socket) -> bytes:
    """The body of the next answer, which must be a success."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += some(connection)
    start, _, body = received.partition(b"\r\n\r\n")
    length = int(next(line for line in start.lower().split(b"\r\n") if line.startswith(b"content-length:"))[15:])
    while len(body) < length:
        body += some(connection)
    if not start.startswith(b"HTTP/1.1 2"):
        raise SystemExit(f"bench: the answer was {start.splitlines()[0]!r} {body[:300]!r}")
    return body


def some(connection: socket.socket) -> bytes:
    """The next bytes, of which there must be some."""
    chunk = connection.recv(65536)
    if not chunk:
        raise SystemExit("bench: an answer was cut")
    return chunk


class Caller:
    """Who keeps a connection, as a service does."""

    def __init__(self, port: int):
        self.connection = opened(port)

    def ask(self, request: bytes) -> tuple[float, bytes]:
        """Milliseconds from the request to the whole answer, and its body."""
        start = time.perf_counter()
        self.connection.sendall(request)
        body = answer(self.connection)
        return (time.perf_counter() - start) * 1000, body

    def end(self) -> None:
        """Hangs up."""
        self.connection.close()
