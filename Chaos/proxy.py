"""The network between hosts, provider and pooler, in a process of its own: each host has two ports here, which can be
slow, cut, reset and silent.

usage: proxy.py CONFIG.json, with {control, log, hosts: [{name, provider: [port, port], store: [port, port]}]}, each pair what is
listened on and where it leads. Orders come as lines of JSON on the socket `control`: {host, side, fault}, the fault null
to end it.
"""

import asyncio
import functools
import json
import random
import sys

import uvloop

from calls import Calls
from pipes import Pipe


class Side:
    """One way of one host: the fault that is on it, if any, and what hears of a change."""

    def __init__(self, host: str, port: int):
        self.host, self.port = host, port
        self.fault: dict | None = None
        self.pipes: set[Pipe] = set()
        self.over = asyncio.Event()

    def set(self, fault: dict | None) -> None:
        """Begins a fault, or ends it."""
        self.fault = fault
        self.over.set()
        self.over = asyncio.Event()
        for pipe in list(self.pipes):
            pipe.fault_changed()

    def strikes(self, share: random.Random) -> dict | None:
        """The fault, for the share of calls that it is meant for."""
        return self.fault if self.fault and share.random() < self.fault.get("share", 1) else None


async def serve(config: dict) -> None:
    """Listens until it is ended."""
    sides: dict[tuple[str, str], Side] = {}
    loop = asyncio.get_running_loop()
    # Held: one that nobody knows stops listening.
    servers: list[asyncio.AbstractServer] = []
    # A line a call, whole when the process is ended.
    log = open(config["log"], "a", buffering=1)
    for number, host in enumerate(config["hosts"]):
        name = host["name"]
        provider, store = (sides.setdefault((name, side), Side(name, host[side][1])) for side in ("provider", "store"))
        calls = Calls(provider, log, number + 1)
        servers += [
            await asyncio.start_server(calls.serve, "127.0.0.1", host["provider"][0], backlog=1024),
            await loop.create_server(functools.partial(Pipe, store), "127.0.0.1", host["store"][0], backlog=1024),
        ]

    async def obey(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            order = json.loads(line)
            sides[order["host"], order["side"]].set(order["fault"])
            writer.write(b"done\n")

    servers.append(await asyncio.start_unix_server(obey, config["control"]))
    await asyncio.Event().wait()


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        found = json.load(file)
    uvloop.install()
    asyncio.run(serve(found))
