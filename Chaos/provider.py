"""The simulated provider: its clients, its faults, and its log as a file."""

import asyncio
import json
from pathlib import Path

from options import CLIENTS, LIFETIME
from processes import Program, call, expect, free_port


class Provider:
    """The sandbox. Every presentation of a refresh token is a line of its log."""

    def __init__(self, program: str, folder: Path):
        self.port = free_port()
        self.program = Program([program, "sandbox", "--port", str(self.port)], folder / "sandbox.log")
        self.log = (folder / "provider.jsonl").open("a", buffering=1)
        # Up to here all lines are final and in the file.
        self.written = 0

    def prepare(self) -> None:
        """Short lives, so that much is refreshed."""
        self.program.wait_for(self.port, "/_sandbox/stats")
        self.live(LIFETIME)

    def live(self, lifetime: int) -> None:
        """Seconds that access tokens live from now on."""
        for client in CLIENTS:
            self.tell("clients", {"client_id": client, "lifetime": lifetime})

    def tell(self, what: str, body: dict) -> dict:
        """An order to the control plane."""
        return expect(call(self.port, "POST", f"/_sandbox/{what}", body=body), 200)

    async def fail(self, fault: dict) -> None:
        """A fault of the provider's own."""
        await asyncio.to_thread(self.tell, "faults", fault)

    async def heal(self) -> None:
        """No faults from now on."""
        await asyncio.to_thread(call, self.port, "DELETE", "/_sandbox/faults")

    async def keep_log(self) -> None:
        """Copies the log while the run lasts: the provider keeps the last 200,000 lines."""
        while True:
            await self.copy_log()
            await asyncio.sleep(5)

    async def copy_log(self, all_of_it: bool = False) -> None:
        """Appends what is new, up to the first call that is still running; at the end that one and those after it, too."""
        answer = await asyncio.to_thread(call, self.port, "GET", f"/_sandbox/log?after={self.written}")
        for line in expect(answer, 200)["log"]:
            if line["answer"] == "pending" and not all_of_it:
                return
            self.log.write(json.dumps(line) + "\n")
            self.written = line["sequence"]
