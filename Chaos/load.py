"""Reads, refreshes, and now and then a reconnection or a revocation, at fixed rates, spread over the hosts.

usage: load.py CONFIG.json, with {hosts: {name: port}, provider, admin, service, seed, connections, refreshes, reads, log}. Says
`filled` when the connections are there, begins at the line `begin` on its input, ends the load at `finish`, then refreshes
every connection once more and says `done`.

A read that begins after an answer has named a generation must not name an older one (I3), unless it says that it could
not ask the store (`unverified`). That is judged here, where both ends of each call are known.
"""

import asyncio
import collections
import json
import sys
import time

import uvloop

from callers import Answer, message
from fleet import Connection, Fleet
from final import Final
from tally import Tally


class Load:
    """What callers do all day."""

    def __init__(self, fleet: Fleet, config: dict):
        self.fleet, self.config = fleet, config
        self.chance = fleet.chance
        self.tally = Tally(fleet)
        self.asking: set[asyncio.Task] = set()

    async def run(self, over: asyncio.Event) -> None:
        """Until it is over: every hundredth of a second, as many calls as the rates say."""
        duties = [(self.read, self.config["reads"]), (self.refresh, self.config["refreshes"]),
                  (self.fleet.reconnect, 0.2), (self.fleet.revoke, 0.1)]
        due = collections.Counter()
        last = time.monotonic()
        while not over.is_set():
            await asyncio.sleep(0.01)
            now = time.monotonic()
            for number, (duty, rate) in enumerate(duties):
                # What a pause of this process has left out is not made up for in one storm.
                due[number] += rate * min(now - last, 0.5)
                while due[number] >= 1:
                    due[number] -= 1
                    self.begin(duty())
            last = now
            self.tally.tick()

    def begin(self, work) -> None:
        """A caller that nobody waits for."""
        task = asyncio.ensure_future(work)
        self.asking.add(task)
        task.add_done_callback(self.asking.discard)

    async def read(self) -> None:
        """One token, now and then with a validity that makes the host refresh first."""
        connection = self.chance.choice(self.fleet.connections)
        wants = "?min_validity=45" if self.chance.random() < 0.002 else ""
        await self.ask("read", connection, "GET", f"/token{wants}", None)

    async def refresh(self) -> None:
        """Mostly a token that somebody reports as rejected; else one that somebody wants new."""
        connection = self.chance.choice(self.fleet.connections)
        body = {"force": True} if self.chance.random() < 0.2 else {"observed_generation": connection.generation}
        await self.ask("refresh", connection, "POST", "/refresh", body)

    async def ask(self, what: str, connection: Connection, method: str, path: str, body: dict | None) -> None:
        """One call, and what its answer says."""
        host, known, begun = self.fleet.host(), connection.generation, time.monotonic()
        path = f"/api/v1/connections/{connection.id}{path}"
        answer = await host.ask(message(method, path, self.fleet.service, body))
        self.tally.count(what, answer.status if answer else 0, time.monotonic() - begun)
        if answer and answer.status == 200:
            self.judge(what, connection, known, host.name, answer)
        elif answer and answer.status == 409 and answer.json.get("code") == "needs_reauthorization":
            self.begin(self.fleet.mend(connection))

    def judge(self, what: str, connection: Connection, known: int, host: str, answer: Answer) -> None:
        """Whether a token is as new as what was acknowledged before the call began."""
        found = answer.json
        if any(warning["code"] == "unverified" for warning in found["warnings"]):
            self.tally.unverified += 1
            return
        if found["generation"] < known:
            self.fleet.write("older", connection=connection.id, host=host, call=what, generation=found["generation"],
                             acknowledged=known)
        connection.generation = max(connection.generation, found["generation"])
        if what == "refresh":
            self.fleet.write("acknowledged", connection=connection.id, host=host, generation=found["generation"],
                             outcome=found["outcome"])


async def main(config: dict) -> None:
    """The whole life of this process."""
    fleet = Fleet(config, open(config["log"], "a", buffering=1))
    watches = [asyncio.ensure_future(host.watch()) for host in fleet.hosts]
    await fleet.fill(config["connections"])
    print("filled", flush=True)
    commands = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    await commands.readline()
    load, over = Load(fleet, config), asyncio.Event()
    running = asyncio.ensure_future(load.run(over))
    await commands.readline()
    over.set()
    await running
    await asyncio.gather(*load.asking, return_exceptions=True)
    load.tally.end()
    await Final(fleet).run()
    print("done", flush=True)
    for watch in watches:
        watch.cancel()


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        found = json.load(file)
    uvloop.install()
    asyncio.run(main(found))
