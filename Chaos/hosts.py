"""The hosts: where each lives, and how it starts, dies and is frozen."""

import asyncio
import os
import signal
import struct
import time
from pathlib import Path

from options import TIMING, Options
from processes import Host, Program, call, free_port


class HostPlace:
    """A name, ports and a page in memory that the host's disk and clock are changed by."""

    def __init__(self, folder: Path, number: int):
        self.name = chr(ord("a") + number)
        self.folder = folder / f"host-{self.name}"
        self.folder.mkdir()
        self.provider_port, self.store_port = free_port(), free_port()
        self.page = self.folder / "page"
        self.set_machine()

    def set_machine(self, is_full: bool = False, offset: int = 0) -> None:
        """What machine.c reads: whether the disk is full, and seconds that the wall clock is off."""
        with self.page.open("r+b" if self.page.exists() else "wb") as file:
            file.write(struct.pack("qq", is_full, offset))


class Member:
    """One of the hosts."""

    def __init__(self, place: HostPlace, host: Host, environment: dict[str, str]):
        self.place, self.host, self.environment = place, host, environment
        self.name, self.port = place.name, host.port
        self.program: Program | None = None

    async def start(self) -> None:
        """Starts it and waits until it is ready, as long as that takes: the store may be away."""
        log = self.place.folder / "host.log"
        self.program = Program([self.host.binary, "serve"], log, self.host.environment(**self.environment))
        end = time.monotonic() + 120
        while time.monotonic() < end:
            if self.program.process.poll() is not None:
                # A host that cannot reach its store says so and ends; who runs it starts it again.
                await asyncio.sleep(0.5)
                self.program = Program([self.host.binary, "serve"], log, self.host.environment(**self.environment))
            if await asyncio.to_thread(self.is_ready):
                return
            await asyncio.sleep(0.1)
        raise SystemExit(f"host {self.name} is not ready after two minutes; its log is {log}")

    def is_ready(self) -> bool:
        """Whether it says so."""
        try:
            return call(self.port, "GET", "/ready")[0] == 200
        except (OSError, ValueError):
            return False

    def kill(self) -> None:
        """kill -9."""
        self.program.kill()

    def freeze(self) -> None:
        """As a machine that is suspended."""
        self.program.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on as if nothing had been."""
        self.program.process.send_signal(signal.SIGCONT)

    def spooled(self) -> int:
        """Answers that wait in its spool; drafts are none, and what was put aside is not waited for."""
        return sum(1 for _ in self.place.folder.glob("spool/entries/*.entry"))


def make(options: Options, places: list[HostPlace], store_url, library: Path) -> list[Member]:
    """All hosts, none started: one store, one key, one set of callers, each its own spool, ports and network."""
    first = Host(options.program, options.connectors, places[0].folder, organization="chaos")
    members = []
    for place in places:
        host = Host(options.program, options.connectors, place.folder, user_secret=first.user_secret,
                    service_secret=first.service_secret, organization="chaos")
        environment = {
            **{name: f"{seconds}s" for name, seconds in TIMING.items()},
            "STORE_URL": store_url(place.store_port), "KEY_PROVIDER": f"file:{options.folder}/master.key",
            "EGRESS_PROXY": f"http://127.0.0.1:{place.provider_port}", "LOG_HTTP_REQUESTS": "false", "PPROF_PORT": "0",
            # The callers' tokens are made once; a host whose clock is an hour off still takes them.
            "JWT_LEEWAY": "2h", "LD_PRELOAD": str(library), "CHAOS_PAGE": str(place.page),
            "HOME": os.environ.get("HOME", "/"),
        }
        members.append(Member(place, host, environment))
    return members
