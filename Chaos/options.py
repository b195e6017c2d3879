"""What a run may be told, and what holds for all runs."""

import argparse
import random
from dataclasses import dataclass
from pathlib import Path

# PROTOCOL.md §3, all in seconds and short, so that a minute sees leases run out. Every inequality of the table holds; a
# host would not start otherwise.
SOFT, SEND_WINDOW, HARD, COMMIT, SETTLE, TOLERANCE, LEASE, HEARTBEAT, CONFIRM, GRACE = 2, 2, 4, 3, 2, 1, 12, 1, 4, 36

TIMING = {
    "REFRESH_SOFT_DEADLINE": SOFT, "REFRESH_SEND_WINDOW": SEND_WINDOW, "REFRESH_HARD_DEADLINE": HARD,
    "REFRESH_COMMIT_BUDGET": COMMIT, "REFRESH_SETTLE": SETTLE, "REFRESH_CLOCK_TOLERANCE": TOLERANCE,
    "LEASE_DURATION": LEASE, "REFRESH_HEARTBEAT": HEARTBEAT, "REFRESH_CONFIRM_DELAY": CONFIRM,
    "REFRESH_OWNER_GRACE": GRACE,
}

# Clients of the sandbox, with what their clients here are told of them.
CLIENTS = {
    "sandbox-static": {"rotation": "static"},
    "sandbox-until-used": {"rotation": "overlap", "overlap": "until_used"},
    "sandbox-overlap": {"rotation": "overlap", "overlap": "60s"},
    "sandbox-single-use": {"rotation": "single_use"},
    "sandbox-family": {"rotation": "single_use_family"},
}

# Seconds that an access token lives at the provider.
LIFETIME = 60
# After the faults: what the last refresh brings is not due again while the last events are waited for.
LAST_LIFETIME = 86_400
# A run that keeps less than this of its rates has shown nothing.
VOID_BELOW = 0.8


@dataclass(frozen=True)
class Options:
    """One run."""

    program: str
    connectors: Path
    folder: Path
    hosts: int
    connections: int
    refreshes: float
    reads: float
    seconds: float
    every: float
    seed: int
    kinds: tuple[str, ...] | None


def read() -> Options:
    """From the command line."""
    parser = argparse.ArgumentParser(prog="chaos.py", description=__doc__)
    parser.add_argument("program", help="token-manager, built for release")
    parser.add_argument("--connectors", type=Path, default=Path("connectors.d"))
    parser.add_argument("--folder", type=Path, default=Path("var/chaos"), help="emptied first; the report goes there")
    parser.add_argument("--hosts", type=int, default=3)
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--refreshes", type=float, default=75, help="a second, over all hosts")
    parser.add_argument("--reads", type=float, default=1000, help="a second, over all hosts")
    parser.add_argument("--seconds", type=float, default=900, help="of load with faults")
    parser.add_argument("--every", type=float, default=5, help="seconds from fault to fault, on average")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1, 1_000_000))
    parser.add_argument("--kinds", help="only these faults, between commas; none for a quiet run")
    found = vars(parser.parse_args())
    kinds = found.pop("kinds")
    return Options(**found, kinds=None if kinds is None else tuple(word for word in kinds.split(",") if word != "none"))
