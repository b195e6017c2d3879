"""What a host sends to PostgreSQL, as it goes over the wire: statements, their values, and which of them go out together.

A proxy between host and server reads the frontend's messages (https://www.postgresql.org/docs/15/protocol-message-formats.html) and
changes nothing. Values stand in the order of `$1`, `$2`, ….
"""

import socket
import struct
import threading
import time
from dataclasses import dataclass, field

from processes import free_port

# Codes in the place of a protocol version: a question whether the server encrypts.
SSL, GSS = 80877103, 80877104


@dataclass(frozen=True)
class Value:
    """One parameter."""

    data: bytes
    is_binary: bool


@dataclass(frozen=True)
class Statement:
    """With its parameters; None is NULL."""

    sql: str
    values: tuple[Value | None, ...]


@dataclass
class Transaction:
    """From BEGIN to COMMIT, or a flight without BEGIN: flights, each one round trip."""

    at: float
    flights: list[list[Statement]] = field(default_factory=list)

    @property
    def shape(self) -> tuple:
        """What it is, whatever its values."""
        return tuple(tuple(statement.sql for statement in flight) for flight in self.flights)

    @property
    def is_over(self) -> bool:
        """Its last statement has gone out."""
        return not self.flights[0][0].sql.startswith("BEGIN") or self.flights[-1][-1].sql in ("COMMIT", "ROLLBACK")


class Session:
    """The messages of one connection."""

    def __init__(self):
        self.bytes = b""
        self.has_started = False
        # By name; a pooler wants them unnamed.
        self.parsed: dict[bytes, str] = {}
        self.bound: Statement | None = None
        self.flight: list[Statement] = []
        self.transaction: Transaction | None = None

    def take(self, chunk: bytes) -> list[Transaction]:
        """Those that are over with it."""
        self.bytes += chunk
        over = []
        while (message := self.next()) is not None:
            if (transaction := self.read(*message)) is not None:
                over.append(transaction)
        return over

    def next(self) -> tuple[bytes, bytes] | None:
        """Kind and content of the next whole message; the first ones have no kind."""
        start = 1 if self.has_started else 0
        if len(self.bytes) < start + 4:
            return None
        length = struct.unpack_from("!I", self.bytes, start)[0]
        if len(self.bytes) < start + length:
            return None
        kind, content = self.bytes[:start], self.bytes[start + 4:start + length]
        self.bytes = self.bytes[start + length:]
        if not start and struct.unpack_from("!I", content)[0] not in (SSL, GSS):
            self.has_started = True
        return kind, content

    def read(self, kind: bytes, content: bytes) -> Transaction | None:
        """Parse, Bind, Execute and Sync; nothing else tells of statements here."""
        if kind == b"P":
            name, sql, _ = content.split(b"\0", 2)
            self.parsed[name] = sql.decode()
        elif kind == b"B":
            self.bound = self.statement(content)
        elif kind == b"E" and self.bound:
            self.flight.append(self.bound)
        elif kind == b"Q":
            raise ValueError("the host sends a simple query, which is not read here")
        elif kind == b"S" and self.flight:
            return self.end_flight()
        return None

    def statement(self, content: bytes) -> Statement:
        """Of Bind."""
        _, name, rest = content.split(b"\0", 2)
        count = struct.unpack_from("!H", rest)[0]
        formats = struct.unpack_from(f"!{count}H", rest, 2)
        place = 2 + 2 * count
        total = struct.unpack_from("!H", rest, place)[0]
        place += 2
        values: list[Value | None] = []
        for number in range(total):
            length = struct.unpack_from("!i", rest, place)[0]
            place += 4
            if length < 0:
                values.append(None)
                continue
            is_binary = bool(formats and formats[number if len(formats) > 1 else 0])
            values.append(Value(rest[place:place + length], is_binary))
            place += length
        return Statement(self.parsed[name], tuple(values))

    def end_flight(self) -> Transaction | None:
        """A flight has gone out."""
        flight, self.flight = self.flight, []
        if self.transaction is None:
            self.transaction = Transaction(time.monotonic())
        self.transaction.flights.append(flight)
        if not self.transaction.is_over:
            return None
        transaction, self.transaction = self.transaction, None
        return transaction


class Capture:
    """The proxy, on a port of its own, for as long as this process lives."""

    def __init__(self, server_port: int):
        self.port, self.server_port = free_port(), server_port
        self.transactions: list[Transaction] = []
        self.listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        """A session for each connection."""
        while True:
            host, _ = self.listener.accept()
            server = socket.create_connection(("127.0.0.1", self.server_port))
            for one in (host, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.forward, args=(host, server, Session()), daemon=True).start()
            threading.Thread(target=self.forward, args=(server, host, None), daemon=True).start()

    def forward(self, source: socket.socket, target: socket.socket, session: Session | None) -> None:
        """One direction, to its end."""
        try:
            while chunk := source.recv(1 << 16):
                if session:
                    self.transactions += session.take(chunk)
                target.sendall(chunk)
        except OSError:
            pass
        for one in (source, target):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def since(self, number: int) -> list[Transaction]:
        """What came after so many, in the order in which it began."""
        return sorted(self.transactions[number:], key=lambda one: one.at)
