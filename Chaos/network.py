"""The driver's side of the network: starts the proxies and gives orders."""

import asyncio
import json
import sys
from pathlib import Path

from hosts import HostPlace
from processes import Program
from servers import until


class Network:
    """What lies between hosts, provider and pooler."""

    def __init__(self, folder: Path, places: list[HostPlace], provider_port: int, pooler_port: int):
        self.control = f"{folder}/proxy.sock"
        config = folder / "proxy.json"
        config.write_text(json.dumps({
            "control": self.control, "log": f"{folder}/calls.jsonl",
            "hosts": [
                {"name": place.name, "provider": [place.provider_port, provider_port],
                 "store": [place.store_port, pooler_port]}
                for place in places
            ],
        }))
        script = str(Path(__file__).with_name("proxy.py"))
        self.program = Program([sys.executable, script, str(config)], folder / "proxy.log")

    async def start(self) -> None:
        """Waits until it takes orders."""
        async def answers() -> bool:
            return Path(self.control).exists()
        await until(answers, "the proxies")

    async def set(self, host: str, side: str, fault: dict | None) -> None:
        """Begins a fault between a host and one side, or ends it."""
        reader, writer = await asyncio.open_unix_connection(self.control)
        writer.write(json.dumps({"host": host, "side": side, "fault": fault}).encode() + b"\n")
        if await reader.readline() != b"done\n":
            raise SystemExit("the proxies do not answer; see proxy.log")
        writer.close()
