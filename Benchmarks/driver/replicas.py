"""Many callers at several hosts on one connection whose token was rejected: one provider call, and what each of them waits."""

import asyncio
import json
import resource
import time
from statistics import median

from postgres import Postgres
from processes import Host, call, expect

# What a caller may wait beyond the provider's time, in milliseconds.
LATENCY = 1000
ROUNDS = 20


class Callers:
    """Keep-alive connections to hosts in turns, opened before anything is measured."""

    def __init__(self, hosts: list[Host], count: int):
        self.ports = [hosts[number % len(hosts)].port for number in range(count)]
        self.streams: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def open(self) -> None:
        """A hundred at a time: a listener's backlog is short."""
        for start in range(0, len(self.ports), 100):
            self.streams += await asyncio.gather(
                *(asyncio.open_connection("127.0.0.1", port) for port in self.ports[start:start + 100]))

    async def ask(self, request: bytes) -> list[tuple[float, int, dict]]:
        """The same request from all at once: milliseconds, status and answer of each."""
        return await asyncio.gather(*(self.exchange(*streams, request) for streams in self.streams))

    @staticmethod
    async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> tuple:
        """One request and its answer."""
        began = time.perf_counter()
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = next(int(line[15:]) for line in head.split("\r\n") if line.startswith("content-length:"))
        body = await reader.readexactly(length)
        return (time.perf_counter() - began) * 1000, int(head.split()[1]), json.loads(body)

    def close(self) -> None:
        """Hangs up."""
        for _, writer in self.streams:
            writer.close()


def request(path: str, token: str, generation: int) -> bytes:
    """A refresh by somebody who saw the token of this generation rejected."""
    body = json.dumps({"observed_generation": generation})
    return (
        f"POST {path}/refresh HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode()


def calls(sandbox_port: int) -> int:
    """Refreshes that the provider has seen."""
    return expect(call(sandbox_port, "GET", "/_sandbox/stats"), 200)["refresh_calls"]


async def rounds(hosts: list[Host], sandbox_port: int, path: str, token: str, callers: int) -> list[dict]:
    """Each round: the provider is slow once, everybody asks, and all must have the next generation by one call."""
    crowd = Callers(hosts, callers)
    await crowd.open()
    found = []
    generation = expect(call(hosts[0].port, "GET", f"{path}/token", token), 200)["generation"]
    for _ in range(ROUNDS):
        fault = {"kind": "latency", "operation": "refresh", "milliseconds": LATENCY}
        expect(call(sandbox_port, "POST", "/_sandbox/faults", body=fault), 200)
        before = calls(sandbox_port)
        answers = await crowd.ask(request(path, token, generation))
        generation += 1
        wrong = [(status, answer) for _, status, answer in answers if (status, answer.get("generation")) != (200, generation)]
        if wrong or calls(sandbox_port) != before + 1:
            raise SystemExit(f"bench: {calls(sandbox_port) - before} calls, {len(wrong)} wrong answers: {wrong[:1]}")
        times = sorted(took for took, _, _ in answers)
        found.append({"p50": median(times), "p99": times[len(times) * 99 // 100]})
    crowd.close()
    return found


def measure(hosts: list[Host], sandbox_port: int, callers: int) -> list[dict]:
    """Percentiles of each round in milliseconds."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < callers + 200:
        raise SystemExit(f"bench: {callers} callers need {callers + 200} open files; the limit is {hard} (ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, callers + 200), hard))
    store = Postgres()
    try:
        common = {
            **store.settings(), "KEY_PROVIDER": f"file:{hosts[0].folder}/master.key", "JWT_SECRET": hosts[0].user_secret,
            "SCOPED_JWT_SECRET": hosts[0].service_secret, "LOG_HTTP_REQUESTS": "false",
        }
        programs = [host.start(**common)[0] for host in hosts]
        connection = hosts[0].connect(sandbox_port, "sandbox-family", "single_use_family")
        token = hosts[0].token("--scope", "token:read", "--scope", "token:refresh", "--expires", "1d")
        found = asyncio.run(rounds(hosts, sandbox_port, f"/api/v1/connections/{connection}", token, callers))
        for program in programs:
            program.end()
        return found
    finally:
        store.end()
