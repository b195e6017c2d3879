"""When the faults are over: every connection has to come to rest, and to show that what it holds is good."""

import asyncio
import time

from callers import message
from fleet import Connection, Fleet
from options import CONFIRM, GRACE, LEASE

# The longest way back: a lease that runs out, the owner's word that does not come, a replay and a confirmation. A breaker lets
# one probe through a minute.
PATIENCE = LEASE + GRACE + 4 * CONFIRM + 60


class Final:
    """The last refresh of all, a few at a time."""

    def __init__(self, fleet: Fleet):
        self.fleet = fleet
        self.end = time.monotonic() + PATIENCE

    async def run(self) -> None:
        """Writes how each connection ended."""
        waiting = list(self.fleet.connections)

        async def some() -> None:
            while waiting:
                await self.settle(waiting.pop())

        await asyncio.gather(*(some() for _ in range(24)))

    async def settle(self, connection: Connection) -> None:
        """One refresh that goes through, of a connection that is active after it."""
        status, generation, refreshed = None, None, False
        while time.monotonic() < self.end:
            shown = await self.fleet.ask("GET", f"/api/v1/connections/{connection.id}")
            if not shown or shown.status != 200:
                await asyncio.sleep(0.5)
                continue
            status, generation = shown.json["status"], shown.json["generation"]
            if status == "active" and refreshed:
                break
            if status == "needs_reauthorization":
                await self.fleet.mend(connection)
            elif not refreshed:
                refreshed = await self.refresh(connection, generation)
                if refreshed:
                    continue
            await asyncio.sleep(0.5)
        self.fleet.write("final", connection=connection.id, client=connection.client, status=status,
                         generation=generation, refreshed=refreshed)

    async def refresh(self, connection: Connection, generation: int) -> bool:
        """Whether a newer generation came."""
        path = f"/api/v1/connections/{connection.id}/refresh"
        request = message("POST", path, self.fleet.service, {"observed_generation": generation})
        answer = await self.fleet.host().ask(request, 15)
        return bool(answer) and answer.status == 200 and answer.json["generation"] > generation
