"""Many callers at several hosts on one connection whose token was rejected: one provider call, and what each of them waits.

The callers are a program of their own (crowd.c): they share the machine with the hosts, so each must cost next to nothing. They
ask all at once, from keep-alive connections that were opened before.
"""

import json
import resource
import subprocess
from dataclasses import dataclass
from pathlib import Path

from postgres import Postgres
from processes import Host, call, expect

# What a caller may wait beyond the provider's time, in milliseconds.
LATENCY = 1000
ROUNDS = 20


@dataclass
class Round:
    """Milliseconds of all callers, in order: until the answer was in the caller's socket, and until it was read."""

    arrived: list[float]
    read: list[float]
    # From the first request to the last.
    sending: float


def percentile(times: list[float], percent: int) -> float:
    """Of times in order."""
    return times[min(len(times) - 1, len(times) * percent // 100)]


class Crowd:
    """The callers, connected."""

    def __init__(self, folder: Path, hosts: list[Host], count: int):
        program, self.count = folder / "crowd", count
        source = Path(__file__).with_name("crowd.c")
        subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", program, source], check=True)
        self.process = subprocess.Popen(
            [program, str(count), *(str(host.port) for host in hosts)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.line()

    def line(self) -> str:
        """What it says next."""
        line = self.process.stdout.readline().decode().strip()
        if not line:
            raise SystemExit("bench: the callers ended; they have said why")
        return line

    def ask(self, request: bytes, expected: str) -> Round:
        """The same request from all at once; each answer must be a 200 with that text."""
        self.process.stdin.write(f"{len(request)} {expected}\n".encode() + request)
        self.process.stdin.flush()
        sending = int(self.line().removeprefix("sent ")) / 1000
        times = [[int(word) / 1000 for word in self.line().split()] for _ in range(self.count)]
        return Round(sorted(one[0] for one in times), sorted(one[1] for one in times), sending)

    def end(self) -> None:
        """Hangs up."""
        self.process.stdin.close()
        self.process.wait(timeout=60)


def request(path: str, token: str, generation: int) -> bytes:
    """A refresh by somebody who saw the token of this generation rejected."""
    body = json.dumps({"observed_generation": generation})
    return (
        f"POST {path}/refresh HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode()


def calls(sandbox_port: int) -> int:
    """Refreshes that the provider has seen."""
    return expect(call(sandbox_port, "GET", "/_sandbox/stats"), 200)["refresh_calls"]


def rounds(crowd: Crowd, sandbox_port: int, path: str, token: str, generation: int) -> list[Round]:
    """Each round: the provider is slow once, everybody asks, and all must have the next generation by one call."""
    found = []
    for _ in range(ROUNDS):
        fault = {"kind": "latency", "operation": "refresh", "milliseconds": LATENCY}
        expect(call(sandbox_port, "POST", "/_sandbox/faults", body=fault), 200)
        before = calls(sandbox_port)
        found.append(crowd.ask(request(path, token, generation), f'"generation":{generation + 1},'))
        generation += 1
        if calls(sandbox_port) != before + 1:
            raise SystemExit(f"bench: {crowd.count} callers made {calls(sandbox_port) - before} calls")
    return found


def allow_files(count: int) -> None:
    """For this process and those that it starts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count:
        raise SystemExit(f"bench: {count} open files are needed; the limit is {hard} (ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count), hard))


def measure(hosts: list[Host], sandbox_port: int, folder: Path, callers: int) -> list[Round]:
    """All rounds."""
    allow_files(callers + 200)
    store = Postgres()
    try:
        common = {**store.settings(), **hosts[0].shared(), "LOG_HTTP_REQUESTS": "false"}
        programs = [host.start(**common)[0] for host in hosts]
        connection = hosts[0].connect(sandbox_port, "sandbox-family", "single_use_family")
        token = hosts[0].token("--scope", "token:read", "--scope", "token:refresh", "--expires", "1d")
        path = f"/api/v1/connections/{connection}"
        generation = expect(call(hosts[0].port, "GET", f"{path}/token", token), 200)["generation"]
        crowd = Crowd(folder, hosts, callers)
        found = rounds(crowd, sandbox_port, path, token, generation)
        crowd.end()
        for program in programs:
            program.end()
        return found
    finally:
        store.end()
