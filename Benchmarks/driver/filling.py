"""Many connections, imported as an operator would: each has a grant of its own, verified by a first refresh."""

import json
import subprocess
from pathlib import Path

from processes import Host, call, expect
from wire import Caller, post


def configure(host: Host, sandbox_port: int, client: str, name: str = "default", **settings: str) -> None:
    """Sets up a client of the sandbox for the host's organization, under a name."""
    admin = host.token("--user", "operator", "--role", "admin")
    body = {
        "client_id": client, "client_secret": "sandbox-secret", "inputs": {"port": str(sandbox_port)},
        **({"settings": settings} if settings else {})}
    expect(call(host.port, "PUT", f"/api/v1/connectors/sandbox/config?client={name}", admin, body), 200)


def fill(
    hosts: list[Host], environment: dict[str, str], sandbox_port: int, folder: Path, count: int, client: str,
    organizations: list[str], name: str = "default",
) -> None:
    """So many more connections, in turns of these organizations, by one import at each host, all at once.

    `client` is the sandbox's, `name` what the organizations call it."""
    provider, lines = Caller(sandbox_port), []
    grant = post("/_sandbox/grants", "application/json", "-", json.dumps({"client_id": client, "scope": "read offline"}))
    for number in range(count):
        token = json.loads(provider.ask(grant)[1])["refresh_token"]
        lines.append(json.dumps({
            "connector": "sandbox", "organization": organizations[number % len(organizations)], "client": name,
            "refresh_token": token}))
    provider.end()
    imports = []
    for number, host in enumerate(hosts):
        file = folder / f"import-{number}.jsonl"
        file.write_text("\n".join(lines[number::len(hosts)]) + "\n")
        imports.append((host.binary, "connections", "import", str(file)))
    # What was refused or not answered the first time, on a busy machine, the same command takes again.
    for attempt in range(3):
        running = [subprocess.Popen(
            command, env=host.environment(**environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            for host, command in zip(hosts, imports, strict=True)]
        said = [one.communicate()[0] for one in running]
        if not any(one.returncode for one in running):
            return
    raise SystemExit(f"bench: an import failed {attempt + 1} times: {''.join(said)[-1000:]}")
