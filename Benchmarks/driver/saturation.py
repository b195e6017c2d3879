"""Refreshes a second of three hosts on one PostgreSQL, beside pgbench that runs the same statements in the same transactions and
round trips, with as many clients, through the same pooler, in turns within the same minutes.

The hosts' figure has everything in it that a refresh is besides its statements: callers, HTTP, the provider (the sandbox, on
the same machine), journal and spool on the disk, sealing. pgbench's has none of that.
"""

import re
import subprocess
import time
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import script
from capture import Capture
from filling import configure, fill
from postgres import DATABASE, HOST_CONNECTIONS, LOGIN, Postgres
from processes import Host, call, expect, installed
from script import APART, FIRST, Refresh
from wire import Caller, post

COPY = "bench_copy"
# Of each host; callers work through them in turns, so that no two want the same one.
CONNECTIONS, CALLERS = 200, 16
SLOTS = CONNECTIONS // HOST_CONNECTIONS
ROUNDS, SECONDS, WARMING = 5, 10, 5
# Longer than hosts wait between any two things that they do of themselves.
IDLE = 12.0
TABLES = ("attempt", "version", "event", "audit")


@dataclass
class Rate:
    """Of one side in one round."""

    per_second: float
    # Rows of each table, and bytes of the log, for each refresh.
    rows: dict[str, float]
    log: float


class Saturation:
    """Hosts, their store, its copy, and what runs on them."""

    def __init__(self, hosts: list[Host], capturing: Host, sandbox_port: int, folder: Path):
        first = hosts[0]
        secrets = {"user_secret": first.user_secret, "service_secret": first.service_secret}
        self.hosts, self.capturing = [replace(host, **secrets) for host in hosts], replace(capturing, **secrets)
        self.sandbox_port, self.folder = sandbox_port, folder
        self.store = Postgres("max_wal_size=4GB")
        self.pooler = self.store.start_pooler(HOST_CONNECTIONS * len(hosts))
        self.shared = {**first.shared(), "LOG_HTTP_REQUESTS": "false"}
        self.token = first.token(
            "--scope", "token:read", "--scope", "token:refresh", "--scope", "token:force", "--expires", "1d")
        self.runs = 0

    def prepare(self) -> None:
        """Connections, the script, the copy, and hosts that run."""
        settings = {**self.store.settings(self.pooler), **self.shared}
        programs = [host.start(**settings)[0] for host in self.hosts]
        configure(self.hosts[0], self.sandbox_port, "sandbox-family")
        fill(self.hosts, settings, self.sandbox_port, self.folder, CONNECTIONS * len(self.hosts), "sandbox-family",
             [self.hosts[0].organization])
        for program in programs:
            program.end()
        self.connections = [row[0] for row in self.store.sql("SELECT id FROM connection ORDER BY id")]
        self.model = self.connections[0]
        captured = self.captured()
        self.copy()
        databases = tuple(
            self.store.sql(f"SELECT oid FROM pg_database WHERE datname = '{name}'")[0][0] for name in (DATABASE, COPY))
        self.script = script.make(captured[-1], captured[-2], databases)
        (self.folder / "refresh.sql").write_text(self.script.text)
        self.describe(captured[-1])
        self.programs = [host.start(**settings)[0] for host in self.hosts]

    @staticmethod
    def describe(refresh: Refresh) -> None:
        """What a refresh is for the database."""
        flights = sum(len(one.flights) for one in refresh.transactions)
        commits = sum(one.flights[0][0].sql.endswith("READ WRITE") for one in refresh.transactions)
        print(
            f"bench: a refresh is {len(refresh.transactions)} transactions, {commits} of them write; {flights} round trips, "
            f"{len(refresh.statements)} statements", flush=True)

    # Capturing

    def captured(self) -> list[Refresh]:
        """Refreshes of one connection, one after the other, until three have sent the same."""
        capture = Capture(self.pooler)
        program, _ = self.capturing.start(**self.store.settings(capture.port), **self.shared)
        caller = Caller(self.capturing.port)
        # What is done once, or the first time.
        for _ in range(3):
            caller.ask(self.request(self.model))
        begin = len(capture.transactions)
        time.sleep(IDLE)
        own = {one.shape for one in capture.since(begin)}
        found: list[Refresh] = []
        for _ in range(10):
            found.append(self.one_captured(capture, caller, own))
            if len(found) >= 3 and found[-1].shape == found[-2].shape == found[-3].shape:
                caller.end()
                program.end()
                return found
        raise SystemExit("bench: no three refreshes one after the other have sent the same statements")

    def one_captured(self, capture: Capture, caller: Caller, own: set[tuple]) -> Refresh:
        """Without what the host does of itself at that moment."""
        before, begin = self.current(), len(capture.transactions)
        caller.ask(self.request(self.model))
        # What follows the answer.
        time.sleep(1)
        sent = [one for one in capture.since(begin) if one.shape not in own]
        return Refresh(self.model, before, self.current(), sent)

    def current(self) -> str:
        """The attempt that brought the model's current version."""
        return self.store.sql(
            f"SELECT attempt FROM version WHERE connection = '{self.model}' AND status = 'current'")[0][0]

    def request(self, connection: str) -> bytes:
        """A forced refresh."""
        return post(f"/api/v1/connections/{connection}/refresh", "application/json", f"Bearer {self.token}", '{"force":true}')

    # The copy

    def copy(self) -> None:
        """The same database once more, for pgbench: what it writes is no host's."""
        self.store.tidy()
        # Copied while nobody is connected: the pooler keeps its connections for a while.
        self.store.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{DATABASE}'", "postgres")
        self.store.sql(f"CREATE DATABASE {COPY} TEMPLATE {DATABASE}", "postgres")

    def add_rows(self, first: int) -> None:
        """Connections for one run, like the model; nobody opens their tokens."""
        numbers = f"generate_series({first}::bigint, {first + SLOTS * HOST_CONNECTIONS - 1}) AS place"
        model = f"'{self.model}'"
        rows = {
            "connection": ("id = " + model, "'id', place::text, 'name', 'copy ' || place"),
            "line": ("connection = " + model, "'connection', place::text"),
            "version": (
                f"connection = {model} AND status = 'current'",
                "'connection', place::text, 'attempt', (place * 1000000)::text"),
        }
        for table, (condition, changes) in rows.items():
            identity = "" if table == "connection" else "OVERRIDING USER VALUE"
            self.store.sql(
                f"INSERT INTO {table} {identity} SELECT (jsonb_populate_record(model, jsonb_build_object({changes}))).* "
                f"FROM {table} AS model, {numbers} WHERE model.{condition.replace(' AND ', ' AND model.')}", COPY)

    # Rates

    def of_hosts(self, seconds: int) -> Rate:
        """Callers that never rest, at each host as many."""
        commands = []
        for number, host in enumerate(self.hosts):
            load = self.folder / f"load-{number}.lua"
            load.write_text(self.load(self.connections[number::len(self.hosts)]))
            commands.append([
                "wrk", "-t1", f"-c{CALLERS}", f"-d{seconds}s", "--timeout", "30s", "-s", str(load),
                f"http://127.0.0.1:{host.port}"])

        def work() -> tuple[int, int]:
            before = self.calls()
            for said in outputs(commands):
                if "Non-2xx" in said or "Socket errors" in said:
                    raise SystemExit(f"bench: the load got errors:\n{said}")
            return self.calls() - before, self.calls_in_the_end() - before

        return self.rate(work, DATABASE, seconds)

    def load(self, connections: list[str]) -> str:
        """For wrk: forced refreshes in turns."""
        paths = ", ".join(f'"/api/v1/connections/{one}/refresh"' for one in connections)
        return f"""local paths, requests, last = {{ {paths} }}, {{}}, 0
function init()
  local headers = {{ ["Authorization"] = "Bearer {self.token}", ["Content-Type"] = "application/json" }}
  for number, path in ipairs(paths) do requests[number] = wrk.format("POST", path, headers, '{{"force":true}}') end
end
function request()
  last = last % #requests + 1
  return requests[last]
end
"""

    def calls(self) -> int:
        """Refreshes that the provider has seen."""
        return expect(call(self.sandbox_port, "GET", "/_sandbox/stats"), 200)["refresh_calls"]

    def calls_in_the_end(self) -> int:
        """The same, when what callers have left behind is done."""
        last = -1
        while (count := self.calls()) != last:
            last = count
            time.sleep(0.5)
        return count

    def of_pgbench(self, seconds: int) -> Rate:
        """A process for each host, with as many clients as a host has connections."""
        commands = []
        for number in range(len(self.hosts)):
            self.runs += 1
            first = FIRST + self.runs * APART
            self.add_rows(first)
            given = {
                **self.script.strings, "first": first, "slots": SLOTS, "visit": -1, "chain": f"pgbench-{number}"}
            definitions = [word for name, value in given.items() for word in ("-D", f"{name}={value}")]
            commands.append([
                installed("pgbench"), "-n", "-M", "extended", "-c", str(HOST_CONNECTIONS), "-j", "1", "-T", str(seconds),
                "-f", str(self.folder / "refresh.sql"), *definitions, "-h", "127.0.0.1", "-p", str(self.pooler), "-U", LOGIN,
                COPY])

        def work() -> tuple[int, int]:
            count = sum(
                int(re.search(r"transactions actually processed: (\d+)", said).group(1)) for said in outputs(commands))
            return count, count

        return self.rate(work, COPY, seconds)

    def rate(self, work, database: str, seconds: int) -> Rate:
        """Of work that gives the number of its refreshes, in its time and in all."""
        before, log = self.counts(database), self.log()
        in_time, count = work()
        after = self.counts(database)
        if not count:
            raise SystemExit(f"bench: nothing was refreshed in {database}")
        rows = {name: (after[name] - before[name]) / count for name in TABLES}
        return Rate(in_time / seconds, rows, (self.log() - log) / count)

    def counts(self, database: str) -> dict[str, float]:
        """Rows of each table."""
        return {name: self.store.number(f"SELECT count(*) FROM {name}", database) for name in TABLES}

    def log(self) -> float:
        """Bytes of the server's log so far."""
        return self.store.number("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')")

    def measure(self) -> list[tuple[Rate, Rate]]:
        """Hosts and pgbench in turns. Both must have written the same rows, or it was no comparison."""
        self.of_hosts(WARMING), self.of_pgbench(WARMING)
        found = []
        for _ in range(ROUNDS):
            hosts, pgbench = self.of_hosts(SECONDS), self.of_pgbench(SECONDS)
            print(f"bench: {hosts.per_second:.0f} refreshes a second, pgbench {pgbench.per_second:.0f}", flush=True)
            for name in TABLES:
                if abs(hosts.rows[name] - pgbench.rows[name]) > 0.05 * max(hosts.rows[name], 1):
                    raise SystemExit(
                        f"bench: a refresh wrote {hosts.rows[name]:.2f} rows of {name}, pgbench {pgbench.rows[name]:.2f}")
            found.append((hosts, pgbench))
        return found

    def end(self) -> None:
        """Hosts first."""
        for program in getattr(self, "programs", []):
            program.end()
        self.store.end()


def outputs(commands: list[list[str]]) -> list[str]:
    """What programs that run at once print; all must succeed."""
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for command in commands]
    said = [one.communicate()[0] for one in running]
    for one, text in zip(running, said):
        if one.returncode:
            raise SystemExit(f"bench: {one.args[0]} failed: {text[-2000:]}")
    return said


def measure(hosts: list[Host], capturing: Host, sandbox_port: int, folder: Path) -> list[tuple[Rate, Rate]]:
    """Rounds of hosts and pgbench."""
    saturation = Saturation(hosts, capturing, sandbox_port, folder)
    try:
        saturation.prepare()
        return saturation.measure()
    finally:
        saturation.end()


def row(found: list[tuple[Rate, Rate]]) -> tuple[str, str, str, str]:
    """Of the table."""
    hosts, pgbench = zip(*found)

    def middle(rates: tuple[Rate, ...]) -> str:
        return f"{median(one.per_second for one in rates):.0f}/s, {median(one.log for one in rates) / 1000:.1f} KB of log each"

    return (
        "refreshes of 3 hosts, beside pgbench with the same statements",
        f"{median(one.per_second / other.per_second for one, other in found):.2f}",
        f"{middle(hosts)}, beside {middle(pgbench)}", "0.6")
