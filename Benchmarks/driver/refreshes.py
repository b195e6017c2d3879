"""One refresh at the caller, beside the same call made to the provider directly."""

import base64
import socket
import time
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from processes import Host, call, expect


def timed(port: int, request: bytes) -> float:
    """Milliseconds from opening a connection to having the whole answer, which must be a 200."""
    start = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += received(connection)
        head, _, body = answer.partition(b"\r\n\r\n")
        length = int(next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))[15:])
        while len(body) < length:
            body += received(connection)
    took = (time.perf_counter() - start) * 1000
    if not head.startswith(b"HTTP/1.1 200"):
        raise SystemExit(f"bench: the answer was {head.splitlines()[0]!r} {body[:300]!r}")
    return took


def received(connection: socket.socket) -> bytes:
    """The next bytes, of which there must be some."""
    chunk = connection.recv(65536)
    if not chunk:
        raise SystemExit("bench: an answer was cut")
    return chunk


def post(path: str, kind: str, authorization: str, body: str) -> bytes:
    """A whole request."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {authorization}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def measure(host: Host, sandbox_port: int, count: int) -> dict:
    """Medians in milliseconds: through the host, at the provider, the difference."""
    program, _ = host.start()
    connection = host.connect(sandbox_port, "sandbox-static", "static")
    token = host.token("--scope", "token:read", "--scope", "token:refresh", "--scope", "token:force", "--expires", "1d")
    path = f"/api/v1/connections/{connection}"
    through = post(f"{path}/refresh", "application/json", f"Bearer {token}", '{"force":true}')
    grant = expect(
        call(sandbox_port, "POST", "/_sandbox/grants", body={"client_id": "sandbox-static", "scope": "read offline"}), 200)
    proof = base64.b64encode(b"sandbox-static:sandbox-secret").decode()
    form = urlencode({"grant_type": "refresh_token", "refresh_token": grant["refresh_token"]})
    direct = post("/token", "application/x-www-form-urlencoded", f"Basic {proof}", form)
    before = expect(call(host.port, "GET", f"{path}/token", token), 200)["generation"]
    for _ in range(50):
        timed(host.port, through), timed(sandbox_port, direct)
    pairs = [(timed(host.port, through), timed(sandbox_port, direct)) for _ in range(count)]
    after = expect(call(host.port, "GET", f"{path}/token", token), 200)["generation"]
    program.end()
    if after - before != count + 50:
        raise SystemExit(f"bench: {count + 50} refreshes made {after - before} generations")
    through_median, direct_median = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
    return {"through": through_median, "direct": direct_median, "added": through_median - direct_median}
