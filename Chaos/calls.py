"""Calls between a host and the provider. The host takes this for its egress proxy, so each call is seen whole, has a number
that the provider logs as well, and leaves a line that says how much of the answer the host was given.

Faults: `hole` (nothing passes), `swallow` (the answer does not come back), `delay` (both ways, by `seconds`), `reset`
(instead of the answer), `refuse` (reset before anything is sent on), `truncate` (the first half of the answer).
What is still held back when the host closes its end, or HARD seconds after it came, is never sent on: how late a provider may
get a call is bounded (PROTOCOL.md §1, settle), also where a host is frozen and closes nothing.
"""

import asyncio
import json
import random
import time

from options import HARD
from pipes import reset


# Seconds before the end of a call in which nobody can say of its answer whether the host was still there for it.
GIVING_UP = 0.5


class Gone(Exception):
    """The host has closed its end, or the call is over for it."""


class Calls:
    """What a host's calls go through. Numbers of calls tell hosts apart."""

    def __init__(self, side, log, first: int):
        self.side, self.log = side, log
        self.share = random.Random(first)
        self.last = first * 100_000_000

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of a host: call after call."""
        try:
            while request := await whole(reader):
                await self.call(request, reader, writer)
        except (OSError, asyncio.IncompleteReadError, Gone):
            pass
        finally:
            writer.close()

    async def call(self, request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One call and its line in the log."""
        self.last += 1
        fault = self.side.strikes(self.share)
        line = {"call": str(self.last), "host": self.side.host, "at": time.time(), "fault": fault and fault["kind"],
                "sent_on": None, "answered": None, "delivered": None, "whole": False, "late": False}
        try:
            work = asyncio.ensure_future(self.pass_on(numbered(request, self.last), fault, line, writer))
            gone = asyncio.ensure_future(reader.read(1))
            await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
            # Nothing follows a request before its answer: what comes is the end.
            for task in (work, gone):
                task.cancel()
            await asyncio.gather(work, gone, return_exceptions=True)
            if work.cancelled() or work.exception():
                raise Gone
        finally:
            self.log.write(json.dumps(line) + "\n")

    async def pass_on(self, request: bytes, fault: dict | None, line: dict, writer: asyncio.StreamWriter) -> None:
        """To the provider and back."""
        kind = fault and fault["kind"]
        if kind == "refuse":
            reset(writer.transport)
            raise Gone
        if kind == "hole":
            await asyncio.wait_for(self.side.over.wait(), HARD)
        if kind == "delay":
            await asyncio.sleep(min(HARD, fault["seconds"]))
        line["sent_on"] = time.time()
        answer = await ask(self.side.port, request)
        line["answered"] = time.time()
        if kind == "delay":
            await asyncio.sleep(fault["seconds"])
        if kind == "swallow":
            await self.side.over.wait()
        # The host gives a call up HARD seconds after it began it, a moment before it came here.
        line["late"] = time.time() - line["at"] > HARD - GIVING_UP
        if kind in ("reset", "swallow"):
            reset(writer.transport)
            raise Gone
        writer.write(answer[: len(answer) // 2] if kind == "truncate" else answer)
        await writer.drain()
        line["delivered"], line["whole"] = time.time(), kind != "truncate"
        if kind == "truncate":
            raise Gone


def numbered(request: bytes, number: int) -> bytes:
    """As the provider wants it: a path instead of an address, and the call's number."""
    first, _, rest = request.partition(b"\r\n")
    method, address, version = first.split(b" ")
    path = b"/" + address.split(b"/", 3)[3] if address.startswith(b"http://") else address
    return b" ".join([method, path, version]) + b"\r\nSandbox-Call: %d\r\n" % number + rest


async def whole(reader: asyncio.StreamReader) -> bytes:
    """A message with its body; b"" when the connection ends before one begins."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return b""
    for field in head.split(b"\r\n"):
        name, _, value = field.partition(b":")
        if name.lower() == b"content-length":
            return head + await reader.readexactly(int(value))
    return head


async def ask(port: int, request: bytes) -> bytes:
    """The provider's answer, on a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        if not (answer := await whole(reader)):
            raise Gone
        return answer
    finally:
        writer.close()
