"""The connections that the load works on: made, connected again when they were lost, revoked."""

import asyncio
import json
import random
import time
from dataclasses import dataclass

from callers import Answer, Callers, message
from options import CLIENTS


@dataclass
class Connection:
    """What callers know of a connection."""

    id: str
    client: str
    # The newest generation that a host has acknowledged, as far as its answer was verified.
    generation: int = 1
    is_alive: bool = True
    is_mending: bool = False


class Fleet:
    """All connections, and who asks the hosts about them."""

    def __init__(self, config: dict, log):
        self.log = log
        self.hosts = [Callers(name, port) for name, port in config["hosts"].items()]
        self.provider = Callers("provider", config["provider"])
        self.admin, self.service = config["admin"], config["service"]
        self.chance = random.Random(config["seed"])
        self.connections: list[Connection] = []

    def host(self) -> Callers:
        """Any that answers."""
        return self.chance.choice([host for host in self.hosts if host.answers] or self.hosts)

    def write(self, kind: str, **facts: object) -> None:
        """A line of the load's log."""
        self.log.write(json.dumps({"kind": kind, "at": time.time(), **facts}) + "\n")

    async def ask(self, method: str, path: str, body: object = None) -> Answer | None:
        """An admin's call to any host."""
        return await self.host().ask(message(method, path, self.admin, body), 15)

    async def fill(self, count: int) -> None:
        """So many connections, in equal parts of each class."""
        async def some(numbers: list[int]) -> None:
            for number in numbers:
                while not await self.connect(list(CLIENTS)[number % len(CLIENTS)]):
                    await asyncio.sleep(0.2)
        await asyncio.gather(*(some(list(range(start, count, 16))) for start in range(16)))

    async def grant(self, client: str) -> dict | None:
        """A new grant of the provider's."""
        answer = await self.provider.ask(
            message("POST", "/_sandbox/grants", None, {"client_id": client, "scope": "read offline"}))
        return answer.json if answer and answer.status == 200 else None

    async def connect(self, client: str, old: Connection | None = None) -> bool:
        """Brings a grant, to a connection that is there or for a new one. What is not answered may have worked all the
        same: its grant is told to whoever reads the log."""
        if not (grant := await self.grant(client)):
            return False
        name = f"{client} {grant['family']}"
        body = {"grant": "refresh_token", "client": client, "refresh_token": grant["refresh_token"],
                **({"connection": old.id} if old else {"name": name})}
        self.write("granted", connection=old and old.id, name=None if old else name, client=client,
                   family=grant["family"])
        answer = await self.ask("POST", "/api/v1/connectors/sandbox/connections", body)
        if not answer or answer.status != 201:
            self.write("not_connected", connection=old and old.id, family=grant["family"],
                       status=answer.status if answer else None, code=answer.json.get("code") if answer else None)
            return False
        self.write("connected", connection=answer.json["id"], client=client, family=grant["family"])
        if not old:
            self.connections.append(Connection(answer.json["id"], client, answer.json["generation"]))
        return True

    async def mend(self, connection: Connection) -> None:
        """A caller was told to sign in again, and does."""
        if connection.is_mending:
            return
        connection.is_mending = True
        shown = await self.ask("GET", f"/api/v1/connections/{connection.id}")
        self.write("told_to_sign_in", connection=connection.id, reason=shown.json.get("status_reason") if shown else None)
        while connection.is_alive and not await self.connect(connection.client, connection):
            await asyncio.sleep(1)
            if await self.is_active(connection):
                break
        connection.is_mending = False

    async def is_active(self, connection: Connection) -> bool:
        """As the store has it."""
        shown = await self.ask("GET", f"/api/v1/connections/{connection.id}")
        return bool(shown) and shown.json.get("status") == "active"

    async def reconnect(self) -> None:
        """Somebody signs in again without being asked to."""
        connection = self.chance.choice(self.connections)
        if not connection.is_mending:
            connection.is_mending = True
            await self.connect(connection.client, connection)
            connection.is_mending = False

    async def revoke(self) -> None:
        """Ends a connection for good, and makes another in its place."""
        connection = self.chance.choice(self.connections)
        if connection.is_mending or not connection.is_alive:
            return
        connection.is_alive = False
        self.connections.remove(connection)
        self.write("revoking", connection=connection.id)
        for _ in range(30):
            answer = await self.ask("POST", f"/api/v1/connections/{connection.id}/revoke")
            if answer and answer.status == 202:
                self.write("revoked", connection=connection.id)
                break
            await asyncio.sleep(1)
        await self.connect(connection.client)
