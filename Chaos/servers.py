"""PostgreSQL as it is run for a store: a primary, a standby that each commit waits for, and pgbouncer in front."""

import asyncio
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from processes import Program, as_user, free_port, give, installed

DATABASE, OWNER, LOGIN = "chaos", "chaos_owner", "chaos_login"


async def run(*command: str) -> str:
    """What a program prints. It must succeed."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd="/")
    output = (await process.communicate())[0].decode(errors="replace")
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}: {output}")
    return output.strip()


class Server:
    """One PostgreSQL, with its data in a folder and its port for good."""

    # Durable settings are the defaults; the host would not start without them.
    SETTINGS = """
        listen_addresses = '127.0.0.1'
        max_connections = 100
        shared_buffers = 64MB
        wal_keep_size = 512MB
        logging_collector = off
        include_if_exists = 'waiting.conf'
        """

    def __init__(self, folder: Path):
        self.folder, self.port = folder, free_port()
        self.data = folder / "data"
        self.program: Program | None = None
        folder.mkdir(parents=True)
        give(folder)

    async def make(self) -> None:
        """A new cluster."""
        await run(*as_user(
            installed("initdb"), "-D", str(self.data), "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8",
            "--no-sync", "--no-instructions"))
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(self.SETTINGS)

    async def copy(self, primary: "Server") -> None:
        """A standby of another server."""
        shutil.rmtree(self.data, ignore_errors=True)
        await run(*as_user(
            installed("pg_basebackup"), "-D", str(self.data), "-h", "127.0.0.1", "-p", str(primary.port), "-U", "postgres",
            "-R", "-X", "stream", "-c", "fast", "--no-sync"))
        self.wait_for_standby(False)

    async def start(self) -> None:
        """Starts it and waits until it answers."""
        command = as_user(installed("postgres"), "-D", str(self.data), "-p", str(self.port), "-k", str(self.folder))
        self.program = Program(command, self.folder / "server.log", ended_by=signal.SIGINT)
        await until(lambda: self.sql("SELECT 1"), "PostgreSQL to start")

    async def stop_immediately(self) -> None:
        """Ends it as a crash of the server would."""
        await run(*as_user(installed("pg_ctl"), "-D", str(self.data), "-m", "immediate", "-w", "stop"))
        self.program.process.wait()

    async def promote(self) -> None:
        """A standby becomes a primary."""
        await run(*as_user(installed("pg_ctl"), "-D", str(self.data), "-w", "promote"))

    def wait_for_standby(self, waits: bool) -> None:
        """Whether a commit waits until a standby has it on its disk."""
        (self.data / "waiting.conf").write_text(f"synchronous_standby_names = '{'*' if waits else ''}'\n")

    async def sql(self, text: str, database: str = "postgres") -> str:
        """What statements of the superuser print, a line a row, fields parted by `|`; "" also when it does not answer."""
        command = [installed("psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", str(self.folder), "-p",
                   str(self.port), "-U", "postgres", "-d", database, "-c", text]
        process = await asyncio.create_subprocess_exec(
            *command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**os.environ, "PGOPTIONS": "-c synchronous_commit=local", "PGCONNECT_TIMEOUT": "5"})
        return (await process.communicate())[0].decode().strip()


async def until(ask, what: str, seconds: float = 60) -> None:
    """Waits until an answer is not empty."""
    end = time.monotonic() + seconds
    while not await ask():
        if time.monotonic() > end:
            raise SystemExit(f"waited {seconds:.0f} s for {what}")
        await asyncio.sleep(0.05)
