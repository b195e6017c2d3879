"""Starting and ending programs, and small HTTP calls to them: what `make bench` and `make chaos` share."""

import atexit
import http.client
import json
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path


def free_port() -> int:
    """A loopback port that nobody listens on now, and below those that the system gives to outgoing connections: whoever
    listens there may go away and come back."""
    while True:
        port = random.SystemRandom().randint(20_000, 30_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


# PostgreSQL and pgbouncer refuse root; Debian's package makes a user.
SERVER_USER = "postgres" if os.geteuid() == 0 else str(os.geteuid())


def as_user(*command: str) -> list[str]:
    """The command under a user that those servers take."""
    drop = ["setpriv", f"--reuid={SERVER_USER}", f"--regid={SERVER_USER}", "--init-groups", "--"]
    return [*drop, *command] if os.geteuid() == 0 else list(command)


def give(folder: Path) -> None:
    """Makes a folder that user's."""
    shutil.chown(folder, int(SERVER_USER) if SERVER_USER.isdigit() else SERVER_USER)


def installed(name: str) -> str:
    """A program of the newest PostgreSQL that is installed: Debian keeps them off PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    return str(versions[-1] / name) if versions else name


def write_pooler(folder: Path, port: int, server_port: int, size: int = 24) -> None:
    """pgbouncer's settings, as `pooler.ini` and `users`: transactions are pooled, on so many connections to the server."""
    (folder / "users").write_text('"postgres" ""\n')
    (folder / "pooler.ini").write_text(f"""[databases]
* = host=127.0.0.1 port={server_port} auth_user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = {size}
max_client_conn = 500
server_login_retry = 1
server_connect_timeout = 3
""")


def call(port: int, method: str, path: str, token: str | None = None, body: object = None) -> tuple[int, bytes]:
    """One request on a connection of its own."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    payload = None
    if body is not None:
        payload = json.dumps(body).encode()
        headers["Content-Type"] = "application/json"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body=payload, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def expect(answer: tuple[int, bytes], status: int) -> dict:
    """The JSON of an answer, which must have this status."""
    if answer[0] != status:
        raise SystemExit(f"{status} was expected, the answer was {answer[0]}: {answer[1][:500]!r}")
    return json.loads(answer[1] or b"{}")


class Program:
    """A child process with its output in a file. It ends with this process, by the signal that it wants for that."""

    def __init__(
        self, arguments: list[str], log: Path, environment: dict[str, str] | None = None, ended_by: int = signal.SIGTERM,
    ):
        self.started = time.monotonic()
        self.ended_by = ended_by
        with log.open("ab") as output:
            self.process = subprocess.Popen(arguments, stdout=output, stderr=output, env=environment)
        self.log = log
        atexit.register(self.end)

    def wait_for(self, port: int, path: str) -> float:
        """Waits until it answers 200 there; milliseconds since it was started."""
        while time.monotonic() - self.started < 60:
            if self.process.poll() is not None:
                break
            try:
                if call(port, "GET", path)[0] == 200:
                    return (time.monotonic() - self.started) * 1000
            except OSError:
                pass
            time.sleep(0.001)
        raise SystemExit(f"{self.process.args[0]} did not come up; its log is {self.log}")

    def resident_mebibytes(self) -> float:
        """VmRSS."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise SystemExit("the process has no VmRSS")

    def end(self) -> None:
        """Asks it to end, if it has not, and waits."""
        if self.process.poll() is not None:
            return
        self.process.send_signal(self.ended_by)
        # One that was stopped takes it when it goes on.
        self.process.send_signal(signal.SIGCONT)
        self.process.wait(timeout=120)

    def kill(self) -> None:
        """Ends it as a crash would."""
        self.process.kill()
        self.process.wait()


@dataclass
class Host:
    """A token-manager with a folder of its own, beside a sandbox provider."""

    binary: str
    connectors: Path
    folder: Path
    port: int = field(default_factory=free_port)
    metrics_port: int = field(default_factory=free_port)
    user_secret: str = field(default_factory=lambda: secrets.token_hex(32))
    service_secret: str = field(default_factory=lambda: secrets.token_hex(32))
    organization: str = "bench"

    def environment(self, **more: str) -> dict[str, str]:
        """Defaults, except for places, and for what lets one connection be refreshed again and again."""
        return {
            "PATH": os.environ["PATH"], "PORT": str(self.port), "METRICS_PORT": str(self.metrics_port),
            "PUBLIC_URL": f"http://127.0.0.1:{self.port}", "STORE_URL": f"sqlite:{self.folder}/store.db",
            "SPOOL_DIR": f"{self.folder}/spool", "KEY_PROVIDER": f"file:{self.folder}/master.key",
            "CONNECTORS_DIR": str(self.connectors), "EGRESS_ALLOW_PRIVATE": "true", "REFRESH_FORCE_INTERVAL": "0s",
            "JWT_SECRET": self.user_secret, "SCOPED_JWT_SECRET": self.service_secret, **more,
        }

    def shared(self) -> dict[str, str]:
        """What other hosts on the same database have in common with it."""
        return {
            "KEY_PROVIDER": f"file:{self.folder}/master.key", "JWT_SECRET": self.user_secret,
            "SCOPED_JWT_SECRET": self.service_secret,
        }

    def start(self, **more: str) -> tuple[Program, float]:
        """Starts it; with the milliseconds until it was ready."""
        self.folder.mkdir(parents=True, exist_ok=True)
        program = Program([self.binary, "serve"], self.folder / "host.log", self.environment(**more))
        return program, program.wait_for(self.port, "/ready")

    def token(self, *arguments: str) -> str:
        """A caller's token."""
        command = [self.binary, "jwt", "mint", "--org", self.organization, *arguments]
        return subprocess.check_output(command, env=self.environment(), text=True).strip()

    def connect(self, sandbox_port: int, client: str, rotation: str) -> str:
        """Sets up an OAuth client of the sandbox and imports a grant; the connection's id."""
        admin = self.token("--user", "operator", "--role", "admin")
        settings = {
            "client_id": client, "client_secret": "sandbox-secret", "inputs": {"port": str(sandbox_port)},
            "settings": {"rotation": rotation},
        }
        expect(call(self.port, "PUT", "/api/v1/connectors/sandbox/config", admin, settings), 200)
        grant = expect(
            call(sandbox_port, "POST", "/_sandbox/grants", body={"client_id": client, "scope": "read offline"}), 200)
        imported = {"grant": "refresh_token", "refresh_token": grant["refresh_token"]}
        return expect(call(self.port, "POST", "/api/v1/connectors/sandbox/connections", admin, imported), 201)["id"]
