"""Lists of 10,000 connections beside those of 100: every list, filter and page, at the caller."""

import http.client
import sqlite3
import time
from statistics import median
from urllib.parse import quote

from processes import Host, expect

# What a line may be in, and how often; what is rare comes last, where a list that looks at everything finds it last.
STATES = [
    ("active", 0.9), ("degraded", 0.04), ("recovering", 0.02), ("suspect", 0.01), ("verify", 0.01), ("revoked", 0.01),
    ("pending", 0.005), ("needs_reauthorization:refused", 0.005),
]
STATUSES = [
    "active", "degraded", "recovering", "suspect", "verify", "revoked", "pending", "needs_reauthorization", "expired",
    "disabled",
]
CONNECTORS = ["sandbox", "github", "gitlab", "zoom"]
OWNERS = ["organization", "user:ada", "user:grace"]
ATTEMPTS = 3
MODELS = {"connection": "TRUE", "line": "TRUE", "version": "status = 'current'", "attempt": "TRUE",
          "event": "kind = 'TOKEN_CREATED'"}


def fill(database: str, count: int) -> None:
    """Copies the one connection that is there until there are so many, each with its line, version, attempts and event;
    that one itself gets as many attempts. No copy's token opens, and no list opens one."""
    store = sqlite3.connect(database)
    store.row_factory = sqlite3.Row
    store.execute("PRAGMA foreign_keys = ON")
    model = {name: dict(store.execute(f"SELECT * FROM {name} WHERE {condition}").fetchone())
             for name, condition in MODELS.items()}
    states = [state for state, share in STATES for _ in range(int(share * count))]
    with store:
        for number in range(1, count):
            add(store, model, number, states[min(number, len(states) - 1)])
            insert(store, "attempt", model["attempt"], number=None, id=f"attempt {number}")
    store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()


def add(store: sqlite3.Connection, model: dict[str, dict], number: int, state: str) -> None:
    """One more connection, made a second after the one before it."""
    key = f"con_{number:08}"
    at = model["connection"]["created_at"] + number
    insert(store, "connection", model["connection"], id=key, name=f"connection {number}", created_at=at,
           connector=CONNECTORS[number % len(CONNECTORS)], owner=OWNERS[number % len(OWNERS)])
    insert(store, "line", model["line"], connection=key, state=state, open_attempt=None,
           expired_at=1 if number % 50 == 0 else None, wake_at=None)
    insert(store, "version", model["version"], connection=key, number=None, attempt=f"{key}-0",
           fingerprint=key.encode())
    for attempt in range(ATTEMPTS):
        insert(store, "attempt", model["attempt"], connection=key, number=None, id=f"{key}-{attempt}")
    insert(store, "event", model["event"], connection=key, sequence=None, id=f"event {number}")


def insert(store: sqlite3.Connection, table: str, model: dict, **changed: object) -> None:
    """A row like another, some of it changed."""
    row = {**model, **changed}
    places = ", ".join("?" for _ in row)
    store.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", list(row.values()))


class Asking:
    """One caller on one connection, as a service keeps it."""

    def __init__(self, port: int):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def get(self, path: str, token: str) -> tuple[float, dict]:
        """Milliseconds to the whole answer, which must be a 200, and its JSON."""
        start = time.perf_counter()
        self.connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        answer = self.connection.getresponse()
        body = answer.read()
        return (time.perf_counter() - start) * 1000, expect((answer.status, body), 200)


def single(count: int) -> list[str]:
    """One page of each list, under each filter, alone and together."""
    filters = [f"&status={status}" for status in STATUSES]
    filters += ["&connector=gitlab", "&owner=organization", "&owner=ada", "&owner=nobody", "&name=none"]
    filters += [f"&name={quote('connection 7')}", "&connector=zoom&status=pending", "&owner=ada&status=verify"]
    filters += ["&owner=ada&connector=zoom", "&connector=zoom&owner=ada&status=suspect"]
    connections = "/api/v1/connections?limit="
    return ["/api/v1/connectors", "/api/v1/connectors/gitlab", connections + "50", connections + "200",
            *(f"{connections}50{one}" for one in filters)]


def walk(asking: Asking, path: str, token: str, events: bool = False) -> list[float]:
    """What each page of a list took, to its end."""
    times, place = [], ""
    while True:
        took, page = asking.get(path + place, token)
        times.append(took)
        following = page["next"] if events and page["events"] else page.get("next_cursor")
        if not following:
            return times
        place = f"&{'after' if events else 'cursor'}={quote(following)}"


def slowest_page(asking: Asking, path: str, token: str, rounds: int, least: int, events: bool = False) -> float:
    """The slowest page of a walk, each page by its median."""
    walks = [walk(asking, path, token, events) for _ in range(rounds)]
    if len(walks[0]) < least:
        raise SystemExit(f"bench: {path} has {len(walks[0])} pages, {least} were expected")
    return max(median(page) for page in zip(*walks))


def measured(host: Host, count: int, rounds: int) -> dict[str, float]:
    """Milliseconds of each list: the median of single pages, and of the slowest page of whole walks."""
    program, _ = host.start(LOG_HTTP_REQUESTS="false")
    admin = host.token("--user", "operator", "--role", "admin", "--expires", "1d")
    member = host.token("--user", "ada", "--role", "member", "--expires", "1d")
    service = host.token("--scope", "events:read", "--expires", "1d")
    asking = Asking(host.port)
    found: dict[str, float] = {}
    for path in single(count):
        asking.get(path, admin)
        found[path.removeprefix("/api/v1")] = median(asking.get(path, admin)[0] for _ in range(rounds))
    connections = "/api/v1/connections?limit=50"
    first = asking.get("/api/v1/connections?limit=1", admin)[1]["items"][0]["id"]
    pages = count // 50
    walks = {
        "page of all": (connections, admin, pages), "page of a member's": (connections, member, pages // 2),
        "page of one status": (f"{connections}&status=degraded", admin, 1),
        "page of one connector": (f"{connections}&connector=zoom", admin, pages // 4),
        "page of a timeline": (f"/api/v1/connections/{first}/timeline?limit=50", admin, pages),
    }
    for name, (path, token, least) in walks.items():
        found[name] = slowest_page(asking, path, token, 3, least)
    found["page of events"] = slowest_page(asking, "/api/v1/events?", service, 3, count // 100, events=True)
    found["page of one type of events"] = slowest_page(
        asking, "/api/v1/events?types=TOKEN_REVOKED", service, 3, 1, events=True)
    program.end()
    return found


def prepared(host: Host, sandbox_port: int, count: int) -> Host:
    """A host that is down, with so many connections in its store."""
    program, _ = host.start()
    host.connect(sandbox_port, "sandbox-static", "static")
    program.end()
    fill(f"{host.folder}/store.db", count)
    return host


def measure(few: Host, many: Host, sandbox_port: int, count: int = 10_000, rounds: int = 15) -> dict:
    """What each list takes among many connections and among a hundredth of them, and the median of the ratios."""
    lists = measured(prepared(many, sandbox_port, count), count, rounds)
    beside = measured(prepared(few, sandbox_port, count // 100), count // 100, rounds)
    return {"many": lists, "few": beside, "ratio": median(took / beside[name] for name, took in lists.items())}
