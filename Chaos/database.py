"""The store's database: which of two servers is the primary, and how it gets lost."""

import asyncio
import os
import shutil
import signal
import tempfile
from pathlib import Path

from processes import Program, as_user, free_port, write_pooler
from servers import DATABASE, LOGIN, OWNER, Server, run, until


def roomy() -> Path:
    """In memory where there is room: nobody cuts the power here, and two servers would wait for one disk."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > 4 << 30 else Path("/tmp")


class Database:
    """Primary, synchronous standby and pooler."""

    def __init__(self):
        # Short: the path of a socket has room for 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="token-manager-chaos-", dir=roomy()))
        self.folder.chmod(0o755)
        self.primary, self.standby = Server(self.folder / "a"), Server(self.folder / "b")
        self.port = free_port()
        self.pooler: Program | None = None
        # The servers change one thing at a time.
        self.turn = asyncio.Lock()

    async def start(self) -> None:
        """Both servers, the store's roles and database, the pooler."""
        await self.primary.make()
        await self.primary.start()
        await self.primary.sql(
            f"CREATE ROLE {OWNER} LOGIN CREATEROLE; CREATE ROLE {LOGIN} LOGIN;")
        await self.primary.sql(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
        await self.add_standby()
        self.write_pooler()
        arguments = as_user("/usr/sbin/pgbouncer", "-q", str(self.folder / "pooler.ini"))
        self.pooler = Program(arguments, self.folder / "pooler.log")

    async def add_standby(self) -> None:
        """From here on no commit is acknowledged that only one server has."""
        await self.standby.copy(self.primary)
        await self.standby.start()
        streaming = "SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'"
        await until(lambda: self.primary.sql(streaming), "the standby")
        self.primary.wait_for_standby(True)
        await self.primary.sql("SELECT pg_reload_conf()")
        waits = "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"
        await until(lambda: self.primary.sql(waits), "commits to wait for the standby")

    async def crash(self, seconds: float) -> None:
        """The primary ends at once and comes back."""
        async with self.turn:
            await self.primary.stop_immediately()
            await asyncio.sleep(seconds)
            await self.primary.start()

    async def fail_over(self, seconds: float) -> None:
        """The primary is lost for good; the standby takes its place and gets a new one behind it."""
        async with self.turn:
            await self.primary.stop_immediately()
            await asyncio.sleep(seconds)
            await self.standby.promote()
            self.primary, self.standby = self.standby, self.primary
            self.write_pooler()
            self.pooler.process.send_signal(signal.SIGHUP)
            await self.add_standby()

    def write_pooler(self) -> None:
        """Transaction pooling, before the one that is the primary."""
        write_pooler(self.folder, self.port, self.primary.port)

    def url(self, port: int, user: str = LOGIN) -> str:
        """As the host names it."""
        return f"postgres://{user}@127.0.0.1:{port}/{DATABASE}"

    async def sql(self, text: str) -> str:
        """What the primary says of the store."""
        return await self.primary.sql(text, DATABASE)

    async def migrate(self, program: str) -> None:
        """Makes the store's tables, directly at the primary."""
        await run("env", f"STORE_URL={self.url(self.primary.port)}",
                  f"STORE_MIGRATION_URL={self.url(self.primary.port, OWNER)}",
                  os.path.abspath(program), "store", "migrate")

    def end(self) -> None:
        """All of it, with its files."""
        for program in (self.pooler, self.standby.program, self.primary.program):
            if program:
                program.end()
        shutil.rmtree(self.folder, ignore_errors=True)
