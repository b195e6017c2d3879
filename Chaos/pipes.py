"""Bytes between a host and the pooler. Faults: `hole` (nothing passes, nobody is told), `delay`, `reset` (every
connection, once and while it lasts), `truncate` (an answer's first half, then the end)."""

import asyncio
import socket
import struct

MOST_WAITING = 1 << 20


def reset(transport: asyncio.Transport) -> None:
    """TCP RST instead of an orderly end."""
    connection = transport.get_extra_info("socket")
    if connection and not transport.is_closing():
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


class Half(asyncio.Protocol):
    """One end of a pipe."""

    other: "Half | None" = None
    transport: asyncio.Transport | None = None

    def __init__(self, pipe: "Pipe"):
        self.pipe = pipe

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        transport.set_write_buffer_limits(MOST_WAITING)

    def data_received(self, data: bytes) -> None:
        self.pipe.pass_on(self, data)

    def connection_lost(self, error: Exception | None) -> None:
        self.pipe.close(reset_too=error is not None)

    def pause_writing(self) -> None:
        if self.other and self.other.transport:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other and self.other.transport:
            self.other.transport.resume_reading()


class Pipe(Half):
    """A host's connection, and with it the one to the pooler."""

    def __init__(self, side):
        super().__init__(self)
        self.side = side
        self.other = Half(self)
        self.other.other = self
        # What came while nothing passes, or before there is a way, with whom it is for.
        self.held: list[tuple[Half, bytes]] = []
        self.is_open = True
        # When what was delayed last is due: nothing overtakes.
        self.due = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self.side.pipes.add(self)
        if self.fault == "reset":
            reset(transport)
        else:
            asyncio.ensure_future(self.connect())

    @property
    def fault(self) -> str | None:
        """Its kind."""
        return self.side.fault["kind"] if self.side.fault else None

    async def connect(self) -> None:
        """The way to the pooler. It is there while nothing passes, too: only packets are lost."""
        try:
            await asyncio.get_running_loop().create_connection(lambda: self.other, "127.0.0.1", self.side.port)
            self.fault_changed()
        except OSError:
            self.close(reset_too=True)

    def pass_on(self, half: Half, data: bytes) -> None:
        """What one end has sent, to the other."""
        target = half.other
        if self.fault == "hole" or self.held or target.transport is None:
            self.held.append((target, data))
        elif self.fault == "delay":
            loop = asyncio.get_running_loop()
            self.due = max(self.due, loop.time() + self.side.fault["seconds"])
            loop.call_at(self.due, self.write, target, data)
        elif self.fault == "truncate" and target is self:
            target.transport.write(data[: len(data) // 2])
            self.close()
        elif self.due > asyncio.get_running_loop().time():
            asyncio.get_running_loop().call_at(self.due, self.write, target, data)
        else:
            target.transport.write(data)

    def write(self, half: Half, data: bytes) -> None:
        """What was delayed, unless the end came first."""
        if self.is_open and not half.transport.is_closing():
            half.transport.write(data)

    def fault_changed(self) -> None:
        """A hole that ends lets go what waits; a reset strikes at once."""
        if self.fault == "reset":
            self.close(reset_too=True)
        elif self.fault != "hole" and self.other.transport:
            held, self.held = self.held, []
            for half, data in held:
                self.write(half, data)

    def close(self, reset_too: bool = False) -> None:
        """Both ends. Into a hole even the end does not pass; who is at the other end finds out by himself."""
        if not self.is_open:
            return
        self.is_open = False
        self.side.pipes.discard(self)
        for half in (self, self.other):
            if half.transport:
                reset(half.transport) if reset_too else half.transport.close()
