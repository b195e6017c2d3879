"""Follows the event stream as a consumer does: from host to host, and from where the last one broke off."""

import asyncio
import json
import time

from hosts import Member

# Under load something comes all the time; who says nothing for so long is left.
PATIENCE = 5


class Events:
    """All events of the organization, in the order in which they came, in a file."""

    def __init__(self, members: list[Member], token: str, folder):
        self.members, self.token = members, token
        self.log = (folder / "events.jsonl").open("a", buffering=1)
        self.cursor: str | None = None
        self.ids: set[str] = set()
        self.reconnections = -1

    async def follow(self) -> None:
        """For ever."""
        number = 0
        while True:
            self.reconnections += 1
            try:
                await self.read(self.members[number % len(self.members)].port)
            except (OSError, EOFError, TimeoutError, ValueError):
                pass
            number += 1
            await asyncio.sleep(0.1)

    async def read(self, port: int) -> None:
        """One connection, to its end."""
        reader, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", port), PATIENCE)
        try:
            resume = f"Last-Event-ID: {self.cursor}\r\n" if self.cursor else ""
            writer.write((f"GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n"
                          f"Authorization: Bearer {self.token}\r\n{resume}\r\n").encode())
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
            if b" 200 " not in head.split(b"\r\n", 1)[0]:
                raise ValueError(head)
            text = b""
            while True:
                async with asyncio.timeout(PATIENCE):
                    size = int(await reader.readline(), 16)
                    text += (await reader.readexactly(size + 2))[:-2]
                *whole, text = text.split(b"\n\n")
                for block in whole:
                    self.take(block.decode())
        finally:
            writer.close()

    def take(self, block: str) -> None:
        """One event, or a bare sign that somebody is there."""
        fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line and not line.startswith(":"))
        if "data" in fields:
            event = json.loads(fields["data"])
            self.log.write(json.dumps({
                "id": event["eventId"], "type": event["eventType"], "connection": event.get("connectionId"),
                "generation": event.get("generation"), "reason": event.get("reason"), "at": time.time()}) + "\n")
            self.ids.add(event["eventId"])
        # Only now: what was not written down must come again.
        self.cursor = fields.get("id", self.cursor)
