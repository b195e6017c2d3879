"""Token reads beside a bare handler of the same framework that answers the same bytes."""

import re
import subprocess
from pathlib import Path
from statistics import median

from processes import Host, Program, call, expect, free_port

LOAD = ["wrk", "-t1", "-c32"]


def requests_per_second(port: int, path: str, token: str, seconds: int) -> float:
    """What one load brings; every answer must be a 200."""
    command = [*LOAD, f"-d{seconds}s", "-H", f"Authorization: Bearer {token}", f"http://127.0.0.1:{port}{path}"]
    output = subprocess.check_output(command, text=True)
    if "Non-2xx" in output or "Socket errors" in output:
        raise SystemExit(f"bench: the load got errors:\n{output}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))


def measure(host: Host, quiet: Host, bare: str, sandbox_port: int, folder: Path, rounds: int, seconds: int) -> dict:
    """Rates of reads with defaults, of reads without request log, of the bare handler; in turns."""
    programs = [host.start()[0], quiet.start(LOG_HTTP_REQUESTS="false")[0]]
    targets = []
    for one in (host, quiet):
        connection = one.connect(sandbox_port, "sandbox-static", "static")
        path = f"/api/v1/connections/{connection}/token"
        targets.append((one.port, path, one.token("--scope", "token:read", "--expires", "1d")))
    answer = call(host.port, "GET", targets[0][1], targets[0][2])
    expect(answer, 200)
    (folder / "answer.json").write_bytes(answer[1])
    bare_port = free_port()
    programs.append(Program([bare, "bare", str(bare_port), str(folder / "answer.json")], folder / "bare.log"))
    programs[-1].wait_for(bare_port, targets[0][1])
    targets.append((bare_port, targets[0][1], targets[0][2]))
    if call(bare_port, "GET", targets[0][1])[1] != answer[1]:
        raise SystemExit("bench: the bare handler answers other bytes")
    for target in targets:
        requests_per_second(*target, seconds=2)
    rates = [[requests_per_second(*target, seconds=seconds) for target in targets] for _ in range(rounds)]
    for program in programs:
        program.end()
    return {
        "defaults": median(rate[0] for rate in rates), "quiet": median(rate[1] for rate in rates),
        "bare": median(rate[2] for rate in rates), "ratio": median(rate[0] / rate[2] for rate in rates),
        "quiet_ratio": median(rate[1] / rate[2] for rate in rates),
    }
