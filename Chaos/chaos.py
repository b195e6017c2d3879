"""`make chaos`: hosts over one PostgreSQL, under load, while processes, networks, disks, clocks and the provider fail; then a
judgement over everything that was written down, as a page. Ends with 0 only if every invariant held and the rates were kept.
"""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import checks
import options as settings
import report
from database import Database
from events import Events
from evidence import Evidence
from faults import Faults
from hosts import HostPlace, make
from load_process import LoadProcess
from network import Network
from options import CLIENTS, LAST_LIFETIME, Options
from processes import call, expect
from provider import Provider
from schedule import plan

# Seconds after the load: what the store has is streamed by then, and what the spools held is in the store.
LAST_WORK = 20


class Run:
    """All that runs, from the start to the last line of its logs."""

    def __init__(self, options: Options):
        self.options, self.folder = options, options.folder
        self.places = [HostPlace(self.folder, number) for number in range(options.hosts)]
        self.database = Database()
        self.provider = Provider(options.program, self.folder)
        self.network = Network(self.folder, self.places, self.provider.port, self.database.port)
        self.members = make(options, self.places, self.database.url, library(self.folder))
        self.faults = Faults(self.members, self.network, self.database, self.provider, self.folder)
        self.facts: dict = {}

    async def start(self) -> None:
        """Everything, from what is depended on to who depends. The first host makes the key that all share."""
        await self.database.start()
        await self.database.migrate(self.options.program)
        self.provider.prepare()
        await self.network.start()
        for member in self.members:
            await member.start()
        first = self.members[0]
        self.admin = first.host.token("--user", "operator", "--role", "admin", "--expires", "2d")
        scopes = ["token:read", "token:refresh", "token:force", "events:read"]
        self.service = first.host.token(*(word for scope in scopes for word in ("--scope", scope)), "--expires", "2d")
        for client, rotation in CLIENTS.items():
            body = {"client_id": client, "client_secret": "sandbox-secret", "inputs": {"port": str(self.provider.port)},
                    "settings": rotation}
            path = f"/api/v1/connectors/sandbox/config?client={client}"
            expect(call(first.port, "PUT", path, self.admin, body), 200)

    async def work(self) -> None:
        """Load, and faults beside it; then the end of the faults, and a last look at every connection."""
        load = LoadProcess(self.options, self.members, self.provider.port, self.admin, self.service)
        events = Events(self.members, self.service, self.folder)
        keeping = [asyncio.ensure_future(work) for work in (events.follow(), self.provider.keep_log(), self.faults.watch())]
        print(f"chaos: making {self.options.connections} connections", flush=True)
        await load.said("filled")
        faults = plan(self.options, [member.name for member in self.members])
        self.facts["began"] = time.time()
        await load.tell("begin")
        striking = asyncio.ensure_future(self.faults.run(faults))
        await asyncio.sleep(self.options.seconds)
        await striking
        self.facts["ended"] = time.time()
        await asyncio.to_thread(self.provider.live, LAST_LIFETIME)
        await load.tell("finish")
        print("chaos: the faults are over; every connection is refreshed once more", flush=True)
        await load.said("done")
        store = await self.of_store()
        await self.settle({event["id"] for event in store["events"]}, events)
        self.facts["settled"] = time.time()
        for work in keeping:
            work.cancel()
        await self.provider.copy_log(all_of_it=True)
        self.facts |= {"reconnections": events.reconnections, "provider": self.statistics()}
        self.keep_store({**store, "spooled": self.spooled()})

    async def settle(self, stored: set[str], events: Events) -> None:
        """Waits for what is still owed, at most so long; what is missing then is missing."""
        end = time.monotonic() + LAST_WORK
        while (stored - events.ids or any(self.spooled().values())) and time.monotonic() < end:
            await asyncio.sleep(0.1)

    def spooled(self) -> dict:
        """How many answers wait in each host's spool."""
        return {member.name: member.spooled() for member in self.members}

    def statistics(self) -> dict:
        """The provider's counters."""
        return expect(call(self.provider.port, "GET", "/_sandbox/stats"), 200)

    async def of_store(self) -> dict:
        """What the checker asks the store, past the hosts: all of it at one moment."""
        # An imported refresh token is a version as well, before it has brought one.
        found = await self.database.sql("""
            SET search_path = token_manager;
            SELECT json_build_object(
              'events', (SELECT COALESCE(json_agg(json_build_object('id', id, 'type', kind, 'connection', connection,
                'generation', generation, 'at', at / 1000.0) ORDER BY sequence), '[]') FROM event WHERE connection IS NOT NULL),
              'generations', (SELECT json_object_agg(connection, generation) FROM line),
              'states', (SELECT json_object_agg(state, number)
                FROM (SELECT state, count(*) AS number FROM line GROUP BY state) AS counted),
              'twice', (SELECT COALESCE(json_agg(place), '[]')
                FROM (SELECT connection || ' ' || generation AS place FROM version
                  WHERE status IN ('current', 'superseded') AND attempt NOT LIKE 'import-%'
                  GROUP BY connection, line, grant_id, generation HAVING count(*) > 1) AS repeated))""")
        return json.loads(found)

    def keep_store(self, found: dict) -> None:
        """Beside the logs, so that a run can be judged again."""
        (self.folder / "store.json").write_text(json.dumps(found))
        facts = {**asdict(self.options), **self.facts, "loads": os.getloadavg(), "cores": os.cpu_count()}
        (self.folder / "run.json").write_text(json.dumps(facts, default=str))

    def end(self) -> None:
        """Stops what still runs: who depends first."""
        for member in self.members:
            if member.program:
                member.program.end()
        self.network.program.end()
        self.provider.program.end()
        self.database.end()


def library(folder: Path) -> Path:
    """machine.c, built."""
    built = folder / "machine.so"
    source = Path(__file__).with_name("machine.c")
    subprocess.run(["gcc", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", built, source, "-ldl"], check=True)
    return built.resolve()


def judge(folder: Path) -> int:
    """Writes the page and says in short what is on it."""
    evidence = Evidence.of(folder)
    run = json.loads((folder / "run.json").read_text())
    results, rates = checks.check(evidence), report.rates(evidence, run)
    (folder / "report.html").write_text(report.page(evidence, run, results, rates))
    print(report.summary(run, results, rates))
    print(f"chaos: the page is {folder}/report.html")
    return 0 if report.holds(results, rates) else 1


async def whole(options: Options) -> None:
    """One run, whatever becomes of it ended."""
    run = Run(options)
    try:
        await run.start()
        await run.work()
    finally:
        run.end()


def main() -> int:
    """A run and its judgement; with JUDGE=FOLDER only the judgement, of a run that was."""
    if folder := os.environ.get("JUDGE"):
        return judge(Path(folder))
    options = settings.read()
    # Whoever ends this must not leave the servers behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    shutil.rmtree(options.folder, ignore_errors=True)
    options.folder.mkdir(parents=True)
    print(f"chaos: seed {options.seed}, {options.hosts} hosts, {options.seconds:.0f} s", flush=True)
    asyncio.run(whole(options))
    return judge(options.folder)


if __name__ == "__main__":
    sys.exit(main())
