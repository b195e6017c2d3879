"""The driver's side of the load."""

import asyncio
import json
import sys
from pathlib import Path

from hosts import Member
from options import Options


class LoadProcess:
    """load.py, in a process of its own: the driver's pauses must not be its pauses."""

    def __init__(self, options: Options, members: list[Member], provider: int, admin: str, service: str):
        self.folder = options.folder
        (self.folder / "load.json").write_text(json.dumps({
            "hosts": {member.name: member.port for member in members}, "provider": provider, "admin": admin,
            "service": service, "seed": options.seed, "connections": options.connections,
            "refreshes": options.refreshes, "reads": options.reads, "log": str(self.folder / "load.jsonl"),
        }))
        self.process: asyncio.subprocess.Process | None = None

    async def started(self) -> asyncio.subprocess.Process:
        """It, from the first time that it is asked for."""
        if not self.process:
            script = Path(__file__).with_name("load.py")
            with (self.folder / "load.log").open("ab") as log:
                self.process = await asyncio.create_subprocess_exec(
                    sys.executable, script, self.folder / "load.json", stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE, stderr=log)
        return self.process

    async def said(self, word: str) -> None:
        """Waits until it says so."""
        line = await (await self.started()).stdout.readline()
        if line.decode().strip() != word:
            raise SystemExit(f"the load has ended; its last words are in {self.folder}/load.log")

    async def tell(self, word: str) -> None:
        """An order."""
        (await self.started()).stdin.write(word.encode() + b"\n")
