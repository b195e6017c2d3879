"""One refresh at the caller, beside the same call made to the provider directly."""

import base64
import time
from statistics import median
from urllib.parse import urlencode

from processes import Host, call, expect
from wire import answer, opened, post


def timed(port: int, request: bytes) -> float:
    """Milliseconds from opening a connection to having the whole answer."""
    start = time.perf_counter()
    with opened(port) as connection:
        connection.sendall(request)
        answer(connection)
    return (time.perf_counter() - start) * 1000


def measure(host: Host, sandbox_port: int, count: int) -> dict:
    """Medians in milliseconds: through the host, at the provider, the difference."""
    program, _ = host.start()
    connection = host.connect(sandbox_port, "sandbox-static", "static")
    token = host.token("--scope", "token:read", "--scope", "token:refresh", "--scope", "token:force", "--expires", "1d")
    path = f"/api/v1/connections/{connection}"
    through = post(f"{path}/refresh", "application/json", f"Bearer {token}", '{"force":true}')
    grant = expect(
        call(sandbox_port, "POST", "/_sandbox/grants", body={"client_id": "sandbox-static", "scope": "read offline"}), 200)
    proof = base64.b64encode(b"sandbox-static:sandbox-secret").decode()
    form = urlencode({"grant_type": "refresh_token", "refresh_token": grant["refresh_token"]})
    direct = post("/token", "application/x-www-form-urlencoded", f"Basic {proof}", form)
    before = expect(call(host.port, "GET", f"{path}/token", token), 200)["generation"]
    for _ in range(50):
        timed(host.port, through), timed(sandbox_port, direct)
    pairs = [(timed(host.port, through), timed(sandbox_port, direct)) for _ in range(count)]
    after = expect(call(host.port, "GET", f"{path}/token", token), 200)["generation"]
    program.end()
    if after - before != count + 50:
        raise SystemExit(f"bench: {count + 50} refreshes made {after - before} generations")
    through_median, direct_median = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
    return {"through": through_median, "direct": direct_median, "added": through_median - direct_median}
