"""A PostgreSQL of the bench's own, for as long as it measures."""

import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from processes import Program, as_user, free_port, give, installed, write_pooler

DATABASE, OWNER, LOGIN = "bench", "bench_owner", "bench_login"
# How many connections each host keeps (docs/postgresql.md).
HOST_CONNECTIONS = 12


class Postgres:
    """A server with durable settings, its data on the disk, and one database."""

    def __init__(self, *settings: str):
        # Short: the path of a socket has room for 107 bytes. Not below the bench's folder, which is the caller's alone.
        self.folder, self.port = Path(tempfile.mkdtemp(prefix="token-manager-bench-", dir="/tmp")), free_port()
        give(self.folder)
        self.pooler: Program | None = None
        data = str(self.folder / "data")
        subprocess.run(
            as_user(
                installed("initdb"), "-D", data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8"),
            check=True, stdout=subprocess.DEVNULL, cwd="/")
        options = [word for setting in ("listen_addresses=127.0.0.1", *settings) for word in ("-c", setting)]
        self.program = Program(
            as_user(installed("postgres"), "-D", data, "-p", str(self.port), "-k", str(self.folder), *options),
            self.folder / "server.log", ended_by=signal.SIGINT)
        end = time.monotonic() + 60
        while self.psql("SELECT 1", "postgres").returncode:
            if time.monotonic() > end:
                raise SystemExit(f"bench: PostgreSQL did not come up; its log is {self.program.log}")
            time.sleep(0.05)
        self.sql(f"CREATE ROLE {OWNER} LOGIN CREATEROLE; CREATE ROLE {LOGIN} LOGIN", "postgres")
        self.sql(f"CREATE DATABASE {DATABASE} OWNER {OWNER}", "postgres")

    def psql(self, text: str, database: str) -> subprocess.CompletedProcess:
        """Statements of the superuser, in the store's schema where there is one."""
        command = [
            installed("psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", str(self.folder), "-p", str(self.port),
            "-U", "postgres", "-d", database, "-c", text]
        return subprocess.run(
            command, capture_output=True, text=True, cwd="/",
            env={"PGOPTIONS": "-c search_path=token_manager,public,pg_catalog"}, check=False)

    def sql(self, text: str, database: str = DATABASE) -> list[list[str]]:
        """The rows of what must succeed, fields as texts."""
        done = self.psql(text, database)
        if done.returncode:
            raise SystemExit(f"bench: {text[:200]}: {done.stderr.strip()}")
        return [line.split("|") for line in done.stdout.splitlines()]

    def number(self, text: str, database: str = DATABASE) -> float:
        """The one value of a query."""
        return float(self.sql(text, database)[0][0])

    def start_pooler(self, size: int) -> int:
        """pgbouncer in front of it, with so many connections behind; the port."""
        port = free_port()
        write_pooler(self.folder, port, self.port, size)
        self.pooler = Program(as_user("/usr/sbin/pgbouncer", "-q", str(self.folder / "pooler.ini")), self.folder / "pooler.log")
        return port

    def settings(self, port: int | None = None) -> dict[str, str]:
        """For each host on it, directly; by another port, such as the pooler's, only tables are made directly."""
        place = f"127.0.0.1:{port or self.port}/{DATABASE}{'' if port else '?prepare=named'}"
        return {
            "STORE_URL": f"postgres://{LOGIN}@{place}",
            "STORE_MIGRATION_URL": f"postgres://{OWNER}@127.0.0.1:{self.port}/{DATABASE}",
        }

    def tidy(self) -> None:
        """What the server would have done in time: without it, it does so while something is measured."""
        self.sql("VACUUM (ANALYZE)")
        self.sql("CHECKPOINT")

    def timed_statements(self, seconds: float) -> list[tuple[str, float]]:
        """All statements that are run meanwhile, each with the server's own milliseconds: parsed, bound and executed."""
        begin = self.program.log.stat().st_size
        self.set_logging("log_min_duration_statement = 0", "log_parameter_max_length = 0", "log_line_prefix = '%p '")
        time.sleep(seconds)
        self.set_logging(*("RESET " + name for name in (
            "log_min_duration_statement", "log_parameter_max_length", "log_line_prefix")))
        with self.program.log.open() as log:
            log.seek(begin)
            return statements(log.read())

    def set_logging(self, *changes: str) -> None:
        """From now on, for everybody."""
        for change in changes:
            self.sql("ALTER SYSTEM " + (change if change.startswith("RESET") else f"SET {change}"))
        self.sql("SELECT pg_reload_conf()")

    def end(self) -> None:
        """Ends it, whoever is connected, and removes its data."""
        if self.pooler:
            self.pooler.end()
        self.program.end()
        shutil.rmtree(self.folder, ignore_errors=True)


def statements(log: str) -> list[tuple[str, float]]:
    """Texts and times in a server's log: what was parsed and bound in a session counts to what it executes next."""
    found: list[tuple[str, float]] = []
    spent: dict[str, float] = {}
    # A text of several lines goes on behind tabs.
    for entry in re.split(r"\n(?!\t)", log):
        if not (match := re.match(r"(\d+) LOG:  duration: ([\d.]+) ms  (parse|bind|execute) [^:]*: (.*)", entry, re.DOTALL)):
            continue
        session, took, step, text = match.groups()
        spent[session] = (0 if step == "parse" else spent.get(session, 0)) + float(took)
        if step == "execute":
            found.append((" ".join(text.split()), spent.pop(session)))
    return found
