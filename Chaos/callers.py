"""Callers of the hosts: connections that are kept, one request at a time on each, and a look at which hosts answer."""

import asyncio
import json
from dataclasses import dataclass

# What a caller waits for an answer before it goes elsewhere.
PATIENCE = 6


@dataclass
class Answer:
    """A whole answer."""

    status: int
    body: bytes

    @property
    def json(self) -> dict:
        """The body, {} where it is no object."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


class Line(asyncio.Protocol):
    """One connection."""

    def __init__(self):
        self.transport: asyncio.Transport | None = None
        self.waiting: asyncio.Future | None = None
        self.received = bytearray()

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self.received[:end]).lower()
        place = head.find(b"content-length:")
        size = int(head[place + 15:].split(b"\r\n", 1)[0]) if place >= 0 else 0
        if len(self.received) < end + 4 + size:
            return
        answer = Answer(int(head[9:12]), bytes(self.received[end + 4:end + 4 + size]))
        self.received.clear()
        if b"connection: close" in head:
            self.transport.close()
        if self.waiting and not self.waiting.done():
            self.waiting.set_result(answer)

    def connection_lost(self, error: Exception | None) -> None:
        if self.waiting and not self.waiting.done():
            self.waiting.set_exception(error or ConnectionResetError())


class Callers:
    """All connections to one host."""

    def __init__(self, name: str, port: int):
        self.name, self.port = name, port
        self.idle: list[Line] = []
        self.answers = True

    async def ask(self, request: bytes, patience: float = PATIENCE) -> Answer | None:
        """The answer; None when there is none, or not in time."""
        line = None
        try:
            async with asyncio.timeout(patience):
                line = await self.line()
                line.waiting = asyncio.get_running_loop().create_future()
                line.transport.write(request)
                answer = await line.waiting
        except (OSError, TimeoutError):
            if line:
                line.transport.abort()
            return None
        if not line.transport.is_closing():
            self.idle.append(line)
        return answer

    async def line(self) -> Line:
        """One that nobody uses."""
        while self.idle:
            line = self.idle.pop()
            if not line.transport.is_closing():
                return line
        return (await asyncio.get_running_loop().create_connection(Line, "127.0.0.1", self.port))[1]

    async def watch(self) -> None:
        """Knows whether the process answers, as whoever spreads load over hosts does."""
        ping = message("GET", "/ping", None)
        while True:
            answer = await self.ask(ping, 1)
            self.answers = answer is not None
            await asyncio.sleep(0.5)


def message(method: str, path: str, token: str | None, body: object = None) -> bytes:
    """A request's bytes."""
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    if token:
        head += f"Authorization: Bearer {token}\r\n"
    if body is None:
        return (head + "\r\n").encode()
    payload = json.dumps(body).encode()
    return (head + f"Content-Type: application/json\r\nContent-Length: {len(payload)}\r\n\r\n").encode() + payload
