"""Lists of 10,000 connections beside those of 100: every list, filter and page, at the caller."""

import http.client
import sqlite3
import time
from statistics import median
from urllib.parse import quote

from processes import Host, Program, expect

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


def add(store: sqlite3.Connection, model: dict, number: int, state: str) -> None:
    """One more connection, made a second after the one before it."""
    key = f"con_{number:08}"
    at = model["connection"]["created_at"] + number
    insert(store, "connection", model["connection"], id=key, name=f"connection {number}", created_at=at,
           connector=CONNECTORS[number % len(CONNECTORS)], owner=OWNERS[number % len(OWNERS)])
    expires = number % 50 == 0
    insert(store, "line", model["line"], connection=key, state=state, open_attempt=None,
           expired_at=1 if expires else None, wake_at=None)
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


def paths(count: int) -> list[str]:
    """One page of each list, under each filter, alone and together."""
    connections = "/api/v1/connections?limit=50"
    filters = [f"&status={status}" for status in STATUSES]
    filters += ["&connector=gitlab", "&owner=organization", "&owner=ada", "&owner=nobody"]
    filters += [f"&name={quote(f'connection {count - 1}')}", "&name=none"]
    filters += ["&connector=zoom&status=pending", "&owner=ada&status=verify", "&owner=ada&connector=zoom",
                "&connector=zoom&owner=ada&status=suspect", f"&owner=ada&name={quote(f'connection {count - 2}')}"]
    return [
        "/api/v1/connectors", "/api/v1/connectors/gitlab", connections, "/api/v1/connections?limit=200",
        *(connections + one for one in filters),
    ]


def walk(asking: Asking, path: str, token: str, cursor: str, member: str) -> tuple[list[float], int]:
    """All pages of a list: what each took, and how many items there were."""
    times, items, place = [], 0, ""
    while True:
        took, page = asking.get(path + place, token)
        times.append(took)
        items += len(page[member])
        following = page.get("next" if member == "events" else "next_cursor")
        if not page[member] or not following:
            return times, items
        place = f"&{cursor}={quote(following)}"


def measured(host: Host, count: int, rounds: int) -> dict[str, float]:
    """What each list took, in milliseconds: the median of single pages, the slowest page of whole walks."""
    program, _ = host.start(LOG_HTTP_REQUESTS="false")
    admin = host.token("--user", "operator", "--role", "admin", "--expires", "1d")
    member = host.token("--user", "ada", "--role", "member", "--expires", "1d")
    service = host.token("--scope", "events:read", "--expires", "1d")
    asking = Asking(host.port)
    found: dict[str, float] = {}
    for path in paths(count):
        asking.get(path, admin)
        found[path] = median(asking.get(path, admin)[0] for _ in range(rounds))
    found["a member's page"] = median(asking.get("/api/v1/connections?limit=50", member)[0] for _ in range(rounds))
    first = asking.get("/api/v1/connections?limit=1", admin)[1]["items"][0]["id"]
    walks = {
        "a page of all": ("/api/v1/connections?limit=50", admin, "cursor", "items"),
        "a page of a member's": ("/api/v1/connections?limit=50", member, "cursor", "items"),
        "a page of the degraded": ("/api/v1/connections?limit=50&status=degraded", admin, "cursor", "items"),
        "a page of a connector's": ("/api/v1/connections?limit=50&connector=zoom", admin, "cursor", "items"),
        "a page of a timeline": (f"/api/v1/connections/{first}/timeline?limit=50", admin, "cursor", "items"),
        "a page of events": ("/api/v1/events?", service, "after", "events"),
        "a page of events of one type": ("/api/v1/events?types=TOKEN_REVOKED", service, "after", "events"),
    }
    for name, (path, token, cursor, list_name) in walks.items():
        times, items = walk(asking, path, token, cursor, list_name)
        if name in ("a page of all", "a page of a timeline", "a page of events") and items < count:
            raise SystemExit(f"bench: {name}: {items} of {count} were listed")
        found[name] = max(times)
    program.end()
    return found


def prepared(host: Host, sandbox_port: int, count: int) -> Host:
    """A host that is down, with so many connections in its store."""
    program: Program
    program, _ = host.start()
    host.connect(sandbox_port, "sandbox-static", "static")
    program.end()
    fill(f"{host.folder}/store.db", count)
    return host


def measure(few: Host, many: Host, sandbox_port: int, count: int = 10_000, rounds: int = 15) -> dict:
    """The slowest list of many connections, what it takes among few, and all of them."""
    lists = measured(prepared(many, sandbox_port, count), count, rounds)
    beside = measured(prepared(few, sandbox_port, count // 100), count // 100, rounds)
    slowest = max(lists, key=lambda name: lists[name])
    # Names differ by the number in them; the order is the same.
    other = dict(zip(lists, beside.values()))
    return {"slowest": slowest, "many": lists[slowest], "few": other[slowest],
            "ratio": median(lists[name] / other[name] for name in lists), "all": lists, "beside": other}
