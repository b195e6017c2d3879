"""Which fault comes when: made from the seed before anything runs, so that a run can be repeated."""

import random
from dataclasses import dataclass, field

from options import LEASE, Options

# Kinds with how long they last, in seconds. A frozen host wakes when its leases have run out twice over.
HOST_FAULTS = {
    "kill": (1, 4), "freeze": (2 * LEASE + 1, 2 * LEASE + 4), "disk_full": (3, 6), "clock": (5, 10),
    "store_hole": (3, 8), "store_delay": (3, 6), "store_reset": (1, 3), "store_truncate": (1, 3),
    "provider_hole": (3, 8), "provider_delay": (3, 6), "provider_reset": (2, 4), "provider_refuse": (2, 4),
    "provider_truncate": (2, 4), "provider_swallow": (2, 4),
}
STORE_FAULTS = {"postgres_stop": (1, 3), "promote": (0, 1)}
PROVIDER_FAULTS = {"provider_504": (2, 4), "provider_504_after": (2, 4), "provider_busy": (2, 4)}
KINDS = [*HOST_FAULTS, *STORE_FAULTS, *PROVIDER_FAULTS]

# From the start of one fault of the store to the next: a new standby is copied, and rotating lines wait for two heartbeats.
STORE_REST = 15


@dataclass(frozen=True)
class Fault:
    """What strikes whom, when (seconds after the load began) and for how long."""

    at: float
    kind: str
    host: str | None
    seconds: float
    facts: dict = field(default_factory=dict)


class Free:
    """Who is not struck at a time. One host is always well, if there are several."""

    def __init__(self, hosts: list[str]):
        self.until = {host: 0.0 for host in hosts}
        self.store = self.provider = 0.0

    def hosts(self, at: float) -> list[str]:
        """Those that may be struck."""
        well = [host for host, until in self.until.items() if until <= at]
        return well if len(well) > 1 or len(self.until) == 1 else []


def facts(kind: str, chance: random.Random) -> dict:
    """What a kind leaves open."""
    match kind:
        case "clock": return {"offset": chance.choice([-3600, 3600])}
        case "store_delay": return {"delay": round(chance.uniform(0.02, 0.2), 3)}
        case "provider_delay": return {"delay": round(chance.uniform(0.2, 1.5), 3)}
        case "provider_reset" | "provider_truncate" | "provider_swallow": return {"share": 0.1}
        case "provider_refuse": return {"share": 0.5}
        case _: return {}


def fitting(kind: str, at: float, end: float, free: Free, chance: random.Random) -> Fault | None:
    """A fault of this kind now, if it can be."""
    lasts = {**HOST_FAULTS, **STORE_FAULTS, **PROVIDER_FAULTS}[kind]
    seconds = round(chance.uniform(*lasts), 2)
    if at + seconds > end:
        return None
    host = None
    if kind in HOST_FAULTS:
        if not (hosts := free.hosts(at)):
            return None
        host = chance.choice(hosts)
        free.until[host] = at + seconds + 3
    elif kind in STORE_FAULTS:
        if free.store > at:
            return None
        free.store = at + STORE_REST
    else:
        if free.provider > at:
            return None
        free.provider = at + seconds
    return Fault(round(at, 2), kind, host, seconds, facts(kind, chance))


def plan(options: Options, hosts: list[str]) -> list[Fault]:
    """All faults of a run. Every kind comes once before one comes again, as far as they fit."""
    chance, free = random.Random(options.seed), Free(hosts)
    kinds = [kind for kind in KINDS if options.kinds is None or kind in options.kinds]
    faults, bag, at = [], [], options.every
    while kinds and at < options.seconds:
        if not bag:
            bag = chance.sample(kinds, len(kinds))
        # Where none of those that have their turn fits, another comes once more.
        for kind in [*bag, *chance.sample(kinds, len(kinds))]:
            if fault := fitting(kind, at, options.seconds, free, chance):
                faults.append(fault)
                bag = [other for other in bag if other != kind]
                break
        at += options.every * chance.uniform(0.6, 1.4)
    return faults
