"""Idle memory, and the time from start to ready."""

import time
from statistics import median

from processes import Host, call, expect


def measure(hosts: list[Host], sandbox_port: int, requests: int = 100) -> dict:
    """Medians over several hosts: first start, start on what is there, memory after some reads."""
    first, again, memory = [], [], []
    for host in hosts:
        program, ready = host.start()
        first.append(ready)
        connection = host.connect(sandbox_port, "sandbox-static", "static")
        program.end()
        program, ready = host.start()
        again.append(ready)
        token = host.token("--scope", "token:read")
        for _ in range(requests):
            expect(call(host.port, "GET", f"/api/v1/connections/{connection}/token", token), 200)
        time.sleep(1)
        memory.append(program.resident_mebibytes())
        program.end()
    return {"first": median(first), "again": median(again), "memory": median(memory)}
