"""Strikes as the plan says, and writes down when each fault began and ended."""

import asyncio
import json
import time
from pathlib import Path

from database import Database
from hosts import Member
from network import Network
from provider import Provider
from schedule import Fault


class Faults:
    """What can be broken."""

    def __init__(self, members: list[Member], network: Network, database: Database, provider: Provider, folder: Path):
        self.members = {member.name: member for member in members}
        self.network, self.database, self.provider = network, database, provider
        self.log = (folder / "faults.jsonl").open("a", buffering=1)
        # Those that are down because somebody wants it.
        self.down: set[str] = set()

    async def run(self, plan: list[Fault]) -> None:
        """All of it; returns when the last fault is over."""
        start = time.monotonic()
        async with asyncio.TaskGroup() as strikes:
            for fault in plan:
                await asyncio.sleep(max(0, start + fault.at - time.monotonic()))
                strikes.create_task(self.strike(fault))

    async def strike(self, fault: Fault) -> None:
        """One fault, from its beginning to its end."""
        line = {"kind": fault.kind, "host": fault.host, "began": time.time(), **fault.facts}
        print(f"chaos: {fault.at:7.1f} s  {fault.kind}{f' at host {fault.host}' if fault.host else ''}"
              f" for {fault.seconds:.1f} s", flush=True)
        if fault.host and fault.kind.startswith(("store_", "provider_")):
            await self.cut(fault)
        else:
            await getattr(self, fault.kind)(fault)
        self.log.write(json.dumps({**line, "ended": time.time()}) + "\n")

    async def cut(self, fault: Fault) -> None:
        """Between a host and the provider or the pooler."""
        side, _, kind = fault.kind.partition("_")
        rule = {"kind": kind, "share": fault.facts.get("share", 1), "seconds": fault.facts.get("delay", 0)}
        await self.network.set(fault.host, side, rule)
        await asyncio.sleep(fault.seconds)
        await self.network.set(fault.host, side, None)

    async def kill(self, fault: Fault) -> None:
        """kill -9, and the same host again."""
        member = self.members[fault.host]
        self.down.add(fault.host)
        member.kill()
        await asyncio.sleep(fault.seconds)
        await member.start()
        self.down.discard(fault.host)

    async def freeze(self, fault: Fault) -> None:
        """SIGSTOP past two leases."""
        member = self.members[fault.host]
        member.freeze()
        await asyncio.sleep(fault.seconds)
        member.thaw()

    async def disk_full(self, fault: Fault) -> None:
        """No file of the host takes a byte."""
        place = self.members[fault.host].place
        place.set_machine(is_full=True)
        await asyncio.sleep(fault.seconds)
        place.set_machine()

    async def clock(self, fault: Fault) -> None:
        """The time of day is an hour off."""
        place = self.members[fault.host].place
        place.set_machine(offset=fault.facts["offset"])
        await asyncio.sleep(fault.seconds)
        place.set_machine()

    async def postgres_stop(self, fault: Fault) -> None:
        """The primary crashes and comes back."""
        await self.database.crash(fault.seconds)

    async def promote(self, fault: Fault) -> None:
        """The primary is lost, the standby takes over."""
        await self.database.fail_over(fault.seconds)

    async def provider_504(self, fault: Fault) -> None:
        """A gateway's time-out; the provider has done nothing."""
        await self.provider_fails(fault, {"kind": "status", "status": 504, "times": 40})

    async def provider_504_after(self, fault: Fault) -> None:
        """The same, though the provider has done its work: what it answered is lost."""
        await self.provider_fails(fault, {"kind": "status", "status": 504, "phase": "after", "times": 5})

    async def provider_busy(self, fault: Fault) -> None:
        """"Token request is already being processed"."""
        await self.provider_fails(fault, {"kind": "already_processing", "times": 10})

    async def provider_fails(self, fault: Fault, rule: dict) -> None:
        """For so many refreshes, at most so long."""
        await self.provider.fail({**rule, "operation": "refresh"})
        await asyncio.sleep(fault.seconds)
        await self.provider.heal()

    async def watch(self) -> None:
        """A host that ends without being told to is written down, and started again."""
        while True:
            await asyncio.sleep(0.5)
            for member in self.members.values():
                if member.name not in self.down and (code := member.program.process.poll()) is not None:
                    self.log.write(json.dumps(
                        {"kind": "ended", "host": member.name, "began": time.time(), "code": code}) + "\n")
                    self.down.add(member.name)
                    await member.start()
                    self.down.discard(member.name)
