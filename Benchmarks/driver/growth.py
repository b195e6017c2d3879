"""What reads, refreshes and scheduler passes cost, and what a host holds in memory, as stored connections grow.

Three hosts on one PostgreSQL. Every connection is imported as an operator would (`connections import`), so that each has sealed
tokens of its own and any of them can be read and refreshed. What is measured is one caller's time, one call after the other:
how much the machine can do at once is measured elsewhere.
"""

import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

from filling import configure, fill
from postgres import Postgres
from processes import Host, Program, call, expect
from wire import Caller, get, post

ORGANIZATIONS = [f"bench-{number}" for number in range(10)]
# Tokens of most connections outlive the measurement; those of the others end while the scheduler is watched.
LONG, SHORT = "growth-long", "growth-short"
A_MONTH, A_MINUTE = 30 * 86_400, 60
SHORT_LIVED = 200
READS, REPEATS, REFRESHES = 450, 4, 300
WATCHED = 60.0
# Lines of one import command.
SLICE = 20_000

# The scheduler's statements, by what they begin with or hold.
LOOK = "SELECT connection, name, organization FROM line WHERE"
CLAIM = "UPDATE line SET wake_at"
TELL = "SELECT connection, name FROM line WHERE notice_at"


@dataclass
class Found:
    """Of one number of connections: milliseconds of each thing, and mebibytes of each host."""

    size: int
    times: dict[str, list[float]] = field(default_factory=dict)
    memory: dict[str, list[float]] = field(default_factory=dict)


class Growth:
    """The hosts, their store, and what is in it."""

    def __init__(self, hosts: list[Host], sandbox_port: int, folder: Path):
        self.hosts, self.sandbox_port, self.folder = hosts, sandbox_port, folder
        self.store = Postgres("max_wal_size=4GB")
        self.common = {**self.store.settings(), **hosts[0].shared(), "LOG_HTTP_REQUESTS": "false"}
        # All hosts take the same callers' tokens.
        self.hosts = [
            replace(host, user_secret=hosts[0].user_secret, service_secret=hosts[0].service_secret) for host in hosts]
        self.programs: list[Program] = []
        self.size = 0

    def start(self) -> None:
        """All hosts."""
        self.programs = [host.start(**self.common)[0] for host in self.hosts]

    def stop(self) -> None:
        """All hosts, when their calls are done."""
        for program in self.programs:
            program.end()

    def prepare(self) -> None:
        """Clients at the provider and at each organization, and tokens of callers."""
        for client in (LONG, SHORT):
            self.live(client, A_MONTH)
        services = ["--scope", "token:read", "--scope", "token:refresh", "--scope", "token:force", "--expires", "7d"]
        self.tokens = {}
        for name in ORGANIZATIONS:
            host = replace(self.hosts[0], organization=name)
            self.tokens[name] = host.token(*services)
            configure(host, self.sandbox_port, LONG)
            configure(host, self.sandbox_port, SHORT, "short")

    def live(self, client: str, seconds: int) -> None:
        """How long tokens live that the provider gives out from now on."""
        expect(call(self.sandbox_port, "POST", "/_sandbox/clients", body={"client_id": client, "lifetime": seconds}), 200)

    # Filling

    def grow(self, size: int) -> None:
        """Imports until there are so many."""
        began, before = time.monotonic(), self.size
        if not before:
            self.add(SHORT_LIVED, SHORT)
        while self.size < size:
            self.add(min(SLICE, size - self.size), LONG)
            rate = (self.size - before) / (time.monotonic() - began)
            print(
                f"bench: {self.size} of {size} connections, {rate:.0f} a second, {(size - self.size) / rate / 60:.0f} min left",
                flush=True)

    def add(self, count: int, client: str) -> None:
        """So many more."""
        fill(
            self.hosts, self.common, self.sandbox_port, self.folder, count, client, ORGANIZATIONS,
            "short" if client == SHORT else "default")
        self.size += count
        there = "SELECT count(*) FROM version WHERE status = 'current' AND generation > 0"
        if self.store.number(there) != self.size:
            raise SystemExit(f"bench: {self.store.number(there):.0f} connections have tokens, {self.size} were imported")

    # Measuring

    def measure(self) -> Found:
        """With the store tidied up and hosts that have just been started: each size begins alike."""
        self.stop()
        self.store.tidy()
        self.start()
        found = Found(self.size)
        found.memory["started"] = self.memory()
        callers = [Caller(host.port) for host in self.hosts]
        sample = self.sample(len(ORGANIZATIONS) * len(callers) + READS + REFRESHES)
        # What a host does once: its connections to the database, the keys of each organization.
        self.ask(callers, sample[:len(ORGANIZATIONS) * len(callers)], self.read)
        rest = sample[len(ORGANIZATIONS) * len(callers):]
        found.times["read, not in memory"] = self.ask(callers, rest[:READS], self.read)
        found.times["read, in memory"] = [
            took for _ in range(REPEATS) for took in self.ask(callers, rest[:READS], self.read)]
        found.times["refresh"] = self.ask(callers, rest[READS:], self.refresh)
        for caller in callers:
            caller.end()
        found.times["scheduler pass, in the server"] = self.passes()
        found.memory["afterwards"] = self.memory()
        return found

    def sample(self, count: int) -> list[tuple[str, str]]:
        """Some connections with their organizations: of each as many."""
        each = -(-count // len(ORGANIZATIONS))
        rows = [self.store.sql(
            "SELECT id, organization FROM connection WHERE client = 'default' "
            f"AND organization = '{name}' ORDER BY random() LIMIT {each}") for name in ORGANIZATIONS]
        # In turns, so that the first ones are of each.
        mixed = [tuple(row) for turn in zip(*rows, strict=True) for row in turn]
        if len(set(mixed)) < count:
            raise SystemExit(f"bench: {count} connections are needed, there are {len(mixed)}")
        return mixed[:count]

    def ask(self, callers: list[Caller], connections: list[tuple[str, str]], request) -> list[float]:
        """Milliseconds of one call for each, at the hosts in turns; the same host for the same place in the list."""
        times = []
        for number, (connection, organization) in enumerate(connections):
            # Ten organizations and three hosts: each comes to each.
            took, body = callers[number % len(callers)].ask(request(connection, self.tokens[organization]))
            if b'"access_token":"' not in body or (request == self.refresh and b'"outcome":"refreshed"' not in body):
                raise SystemExit(f"bench: the answer was {body[:300]!r}")
            times.append(took)
        return times

    @staticmethod
    def read(connection: str, token: str) -> bytes:
        """A token read."""
        return get(f"/api/v1/connections/{connection}/token", token)

    @staticmethod
    def refresh(connection: str, token: str) -> bytes:
        """A forced refresh."""
        return post(f"/api/v1/connections/{connection}/refresh", "application/json", f"Bearer {token}", '{"force":true}')

    def passes(self) -> list[float]:
        """Milliseconds of scheduler passes: looking for what is due and for what is to tell, and claiming it. A few lines
        come due all the time, as many at each size."""
        self.live(SHORT, A_MINUTE)
        callers = [Caller(host.port) for host in self.hosts]
        for row in self.store.sql("SELECT id, organization FROM connection WHERE client = 'short'"):
            self.ask(callers, [tuple(row)], self.refresh)
            # They come due when half of their lives is over, so evenly.
            time.sleep(A_MINUTE / 2 / SHORT_LIVED)
        for caller in callers:
            caller.end()
        seen = self.store.timed_statements(WATCHED)
        self.live(SHORT, A_MONTH)
        looks = [took for text, took in seen if text.startswith(LOOK) and "organization = $" not in text]
        claims = [took for text, took in seen if CLAIM in text and "SKIP LOCKED" in text]
        tells = [took for text, took in seen if text.startswith(TELL)]
        if min(len(looks), len(tells)) < WATCHED or len(claims) < 10:
            raise SystemExit(
                f"bench: {len(looks)} looks, {len(claims)} claims, {len(tells)} notices in {WATCHED:.0f} s: has the text of "
                "these statements changed? growth.py knows them by LOOK, CLAIM and TELL")
        # Whose they were is not in the log: a pass is taken to be one of each, from the same part of the order.
        count = len(claims)
        looks, claims, tells = sorted(looks), sorted(claims), sorted(tells)
        return [looks[i * len(looks) // count] + claims[i] + tells[i * len(tells) // count] for i in range(count)]

    def memory(self) -> list[float]:
        """Resident, of each host."""
        return [program.resident_mebibytes() for program in self.programs]


def measure(hosts: list[Host], sandbox_port: int, folder: Path, sizes: list[int]) -> list[Found]:
    """Each size, the smallest first."""
    growth = Growth(hosts, sandbox_port, folder)
    try:
        growth.start()
        growth.prepare()
        found = []
        for size in sorted(sizes):
            growth.grow(size)
            print(f"bench: measuring {size} connections", flush=True)
            found.append(growth.measure())
        growth.stop()
        return found
    finally:
        growth.store.end()


def rows(found: list[Found]) -> list[tuple[str, str, str, str]]:
    """Of the table: the largest beside the smallest."""
    sizes = ", ".join(f"{one.size:,}" for one in found)

    def row(name: str, middles: list[float], tops: list[float], unit: str, top: str, aim: str) -> tuple[str, str, str, str]:
        ratio = middles[-1] / middles[0]
        listed = ", ".join(f"{middle:.2f}" for middle in middles)
        return f"{sizes} connections: {name}", f"{ratio:.2f}", f"{listed} {unit}, {top} {', '.join(f'{one:.2f}' for one in tops)}", aim

    result = []
    for name in found[0].times:
        times = [sorted(one.times[name]) for one in found]
        result.append(row(
            name, [median(one) for one in times], [one[len(one) * 95 // 100] for one in times], "ms", "p95", "at most 2"))
    for name in found[0].memory:
        memory = [one.memory[name] for one in found]
        result.append(row(
            f"memory of a host, {name}", [median(one) for one in memory], [max(one) for one in memory], "MiB", "most",
            "flat"))
    return result
