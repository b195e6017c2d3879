"""What a run has left behind, read into values. Times are seconds since 1970."""

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from options import COMMIT

# From the bytes at a host's socket to the synced spool, on a machine that is short of time; a crash within it may lose the answer.
TO_SPOOL = 2.0
# What a host needs when it is back, until it has flushed its spool: a start, two heartbeats, a turn of the flush.
TO_FLUSH = 8.0


def lines(path: Path) -> list[dict]:
    """A file of JSON lines; one that was cut off at its end is left out."""
    found = []
    for text in path.read_text().splitlines() if path.exists() else []:
        try:
            found.append(json.loads(text))
        except ValueError:
            continue
    return found


@dataclass(frozen=True)
class Presentation:
    """One refresh token at the provider, as the provider and the proxy in between saw it."""

    sequence: int
    client: str
    rotation: str
    family: int | None
    generation: int | None
    issued: int | None
    verdict: str
    overlapping: bool
    arrived: float
    host: str | None
    # When the whole of an answer with tokens was given to a host; None: it never was.
    delivered: float | None
    # Why not.
    loss: str | None


class Evidence:
    """All of it."""

    def __init__(self, provider: list[dict], calls: list[dict], faults: list[dict], load: list[dict],
                 events: list[dict], store: dict):
        self.faults, self.load, self.events, self.store = faults, load, events, store
        by_number = {call["call"]: call for call in calls}
        self.presentations = [
            presentation(line, by_number.get(line.get("call"))) for line in provider if line["operation"] == "refresh"]
        self.of_family: dict[int, list[Presentation]] = defaultdict(list)
        for one in self.presentations:
            if one.family is not None:
                self.of_family[one.family].append(one)
        self.by_kind: dict[str, list[dict]] = defaultdict(list)
        for line in load:
            self.by_kind[line["kind"]].append(line)

    @classmethod
    def of(cls, folder: Path) -> "Evidence":
        """Of a folder in which a run has ended."""
        names = ("provider", "calls", "faults", "load", "events")
        store = json.loads((folder / "store.json").read_text())
        return cls(*(lines(folder / f"{name}.jsonl") for name in names), store)

    def struck(self, host: str | None, kinds: set[str], begin: float, end: float) -> bool:
        """Whether the host had one of these faults at some time in between."""
        return any(fault["kind"] in kinds and fault["host"] in (host, None) and fault["began"] <= end
                   and fault.get("ended", fault["began"]) >= begin for fault in self.faults)

    def loss(self, one: Presentation) -> str | None:
        """Why no complete answer of this presentation reached a spool; None: one did, or should have."""
        if one.loss:
            return one.loss
        after = one.delivered + TO_SPOOL
        if any(fault["kind"] in ("kill", "ended") and fault["host"] == one.host
               and one.delivered - 0.05 <= fault["began"] <= after for fault in self.faults):
            return "the host died before its spool had it"
        if self.struck(one.host, {"disk_full"}, one.delivered, after):
            return "the disk of the spool was full"
        return None

    def could_speak(self, one: Presentation, until: float) -> bool:
        """Whether the host that holds an answer had the time to bring it to the store before that moment."""
        silences = {"kill", "freeze", "ended", "store_hole", "store_reset", "store_truncate", "postgres_stop",
                    "promote", "disk_full"}
        spans = sorted((fault["began"], fault.get("ended", fault["began"]) + TO_FLUSH) for fault in self.faults
                       if fault["kind"] in silences and fault["host"] in (one.host, None))
        free, at = 0.0, one.delivered
        for began, ended in spans:
            if ended > at and began < until:
                free += max(0.0, began - at)
                at = max(at, ended)
        return free + max(0.0, until - at) > COMMIT

    def happened(self, event: dict) -> float:
        """When the store had a streamed event: it may have come much later, after the sign-in that it had asked for."""
        return next((one["at"] for one in self.store["events"] if one["id"] == event["id"] and "at" in one), event["at"])

    def family_at(self, connection: str, at: float) -> list[int]:
        """The provider's numbers of the grants that a connection may have had at a time, newest first."""
        granted = [line for line in self.by_kind["granted"] if line["connection"] == connection and line["at"] <= at]
        connected = [line for line in self.by_kind["connected"]
                     if line["connection"] == connection and line["at"] <= at]
        known = connected[-1:]
        pending = [line for line in granted if not known or line["at"] > known[-1]["at"]]
        return [line["family"] for line in reversed(known + pending)]


def presentation(line: dict, call: dict | None) -> Presentation:
    """From the provider's line and the proxy's of the same call."""
    brings = line.get("issued_generation") is not None
    loss = None
    if not brings:
        loss = "there was no token in it"
    elif line.get("status") != 200 or line["answer"] != "sent":
        loss = f"the provider lost it ({line.get('fault')})"
    elif call is None:
        # Its line is written when it is over, whatever became of it.
        loss = None
    elif not call["whole"]:
        loss = f"it was cut on the wire ({call['fault'] or 'the host had hung up'})"
    elif call.get("late"):
        loss = "it came as the host gave the call up"
    delivered = None
    if loss is None:
        delivered = call["delivered"] if call else line["arrived_at"] / 1000
    return Presentation(
        line["sequence"], line.get("client_id") or "", line.get("class") or "", line.get("family"),
        line.get("generation"), line.get("issued_generation"), line["verdict"], line["overlapping"],
        line["arrived_at"] / 1000, call and call["host"], delivered, loss)
