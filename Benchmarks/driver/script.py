"""A pgbench script made of what a host has sent for one refresh: the same statements, in the same transactions and round trips.

What names a row is a variable, so that each run of the script works on rows of its own as each refresh does; all other values
are those of the refresh that was captured. Where a statement has changed so that its values are no longer understood here, this
ends the program: the script cannot become another without notice.
"""

import re
from dataclasses import dataclass, field

from capture import Statement, Transaction, Value

AUDIT = "SELECT append_audit($1, $2, $3)"
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
SESSION = re.compile(r"([\d.]+)/(\d+)/(\d+)")

# Of each client its own: connections, in turns, and how often it has been at this one. An attempt is named after its connection,
# so that the next one knows whose version it replaces.
BEGINNING = r"""\set visit :visit + 1
\set connection :first + :client_id * :slots + :visit % :slots
\set before :connection * 1000000 + :visit / :slots
\set attempt :before + 1
"""
# Where numbers of connections begin, so that they are long as identifiers are, and how far one run's are from the next one's.
# An attempt's number still fits into 64 bits.
FIRST, APART = 10**12, 10**6


@dataclass
class Refresh:
    """One that was captured."""

    connection: str
    # Of the version that was current, and of the one that this refresh brought.
    before: str
    attempt: str
    transactions: list[Transaction]

    @property
    def shape(self) -> list[tuple]:
        """Its statements."""
        return [one.shape for one in self.transactions]

    @property
    def statements(self) -> list[Statement]:
        """All, in order."""
        return [statement for one in self.transactions for flight in one.flights for statement in flight]


@dataclass
class Script:
    """Its text, and the strings that `-D` gives it."""

    text: str = ""
    strings: dict[str, str] = field(default_factory=dict)


def make(refresh: Refresh, another: Refresh, databases: tuple[str, str]) -> Script:
    """Of a refresh; `another` of the same connection shows which values each refresh has of its own.

    `databases`: numbers of the database that it was captured in, and of the one that the script runs in."""
    if refresh.shape != another.shape:
        raise SystemExit("bench: two refreshes have sent different statements")
    varying = {
        (number, place)
        for number, (one, other) in enumerate(zip(refresh.statements, another.statements, strict=True))
        for place, (value, their) in enumerate(zip(one.values, other.values, strict=True)) if value != their}
    writer = Writer(refresh, varying, databases)
    text = "".join(writer.transaction(one) for one in refresh.transactions)
    if not writer.links:
        raise SystemExit(f"bench: the audit is written by another statement now than script.py knows: {AUDIT}")
    return Script(BEGINNING + text, writer.strings)


class Writer:
    """Writes statement after statement."""

    def __init__(self, refresh: Refresh, varying: set[tuple[int, int]], databases: tuple[str, str]):
        self.refresh, self.varying, self.databases = refresh, varying, databases
        self.names = {refresh.connection: ":connection", refresh.before: ":before", refresh.attempt: ":attempt"}
        self.strings: dict[str, str] = {}
        # Links of the audit, and statements, so far.
        self.links = self.number = 0

    def transaction(self, transaction: Transaction) -> str:
        """Flight by flight."""
        return "".join(
            "\\startpipeline\n" + "".join(self.statement(one) + ";\n" for one in flight) + "\\endpipeline\n"
            for flight in transaction.flights)

    def statement(self, statement: Statement) -> str:
        """With variables where it has parameters."""
        sql = statement.sql
        if ";" in sql or "$$" in sql or re.search(r"(?<!:):\w", sql) or re.search(r"^\s*\\", sql, re.MULTILINE):
            raise SystemExit(f"bench: pgbench would not read this as it stands: {sql}")
        places = [self.value(statement, place, value) for place, value in enumerate(statement.values)]
        if sql == AUDIT:
            self.links += 1
        self.number += 1
        return re.sub(r"\$(\d+)", lambda match: places[int(match[1]) - 1], sql)

    def value(self, statement: Statement, place: int, value: Value | None) -> str:
        """What stands for a parameter."""
        if value is None:
            return "NULL"
        sql, is_own = statement.sql, (self.number, place) in self.varying
        if sql == AUDIT:
            # A host's writers stand in line for its chain of the audit, as here do the clients of one process.
            return ":chain" if place == 0 else self.string(value)
        if value.is_binary:
            # A fingerprint: of a version its own, in an index. pgbench has digits for it.
            return ":attempt" if is_own and len(value.data) == 32 else self.string(value)
        text = value.data.decode()
        if sql == LOCK:
            return ":attempt" if is_own else self.string(value)
        if text in self.names:
            return self.names[text]
        if self.refresh.connection in text and "INSERT" not in sql and "UPDATE" not in sql:
            before, after = text.split(self.refresh.connection)
            return f"('{before}' || :connection::text || '{after}')"
        if (session := SESSION.fullmatch(text)) and session[2] == self.databases[0]:
            return self.string(Value(f"{session[1]}/{self.databases[1]}/{session[3]}".encode(), False))
        return self.string(value)

    def string(self, value: Value) -> str:
        """The variable that holds a value."""
        if not value.data:
            # pgbench takes no empty string.
            return "''"
        text = "\\x" + value.data.hex() if value.is_binary else value.data.decode()
        for name, known in self.strings.items():
            if known == text:
                return f":{name}"
        name = f"s{len(self.strings)}"
        self.strings[name] = text
        return f":{name}"
