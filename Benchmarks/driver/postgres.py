"""A PostgreSQL of the bench's own, for as long as it measures."""

import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from processes import Program, as_user, free_port, give, installed


class Postgres:
    """A server with durable settings, its data on the disk, and one database."""

    def __init__(self):
        # Short: the path of a socket has room for 107 bytes. Not below the bench's folder, which is the caller's alone.
        self.folder, self.port = Path(tempfile.mkdtemp(prefix="token-manager-bench-", dir="/tmp")), free_port()
        give(self.folder)
        data = str(self.folder / "data")
        subprocess.run(
            as_user(
                installed("initdb"), "-D", data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8"),
            check=True, stdout=subprocess.DEVNULL, cwd="/")
        self.program = Program(
            as_user(installed("postgres"), "-D", data, "-p", str(self.port), "-k", str(self.folder), "-c",
                    "listen_addresses=127.0.0.1"),
            self.folder / "server.log")
        end = time.monotonic() + 60
        while not self.sql("SELECT 1"):
            if time.monotonic() > end:
                raise SystemExit(f"bench: PostgreSQL did not come up; its log is {self.folder}/server.log")
            time.sleep(0.05)
        self.sql("CREATE ROLE bench_owner LOGIN CREATEROLE; CREATE ROLE bench_login LOGIN")
        self.sql("CREATE DATABASE bench OWNER bench_owner")

    def sql(self, text: str) -> bool:
        """Runs statements as the superuser; whether they succeeded."""
        command = [installed("psql"), "-X", "-q", "-h", str(self.folder), "-p", str(self.port), "-U", "postgres", "-c", text]
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/").returncode == 0

    def settings(self) -> dict[str, str]:
        """For each host on it."""
        address = f"127.0.0.1:{self.port}/bench"
        return {"STORE_URL": f"postgres://bench_login@{address}", "STORE_MIGRATION_URL": f"postgres://bench_owner@{address}"}

    def end(self) -> None:
        """Ends it, whoever is connected, and removes its data."""
        self.program.process.send_signal(signal.SIGINT)
        self.program.process.wait(timeout=60)
        shutil.rmtree(self.folder, ignore_errors=True)
