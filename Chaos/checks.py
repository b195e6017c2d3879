"""The invariants of a run (PROTOCOL.md §11, RELIABILITY.md R4), each by what provider, proxy, callers, event stream and store
have written down. A finding is a sentence; none is what all of them want."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from evidence import Evidence, Presentation
from options import GRACE


@dataclass
class Result:
    """One invariant: what broke it, and what it was tried on."""

    name: str
    findings: list[str] = field(default_factory=list)
    seen: str = ""
    # What happened and is allowed, by why.
    allowed: Counter = field(default_factory=Counter)


def check(evidence: Evidence) -> list[Result]:
    """All of them."""
    return [duplicate_spends(evidence), overlapping_calls(evidence), lost_grants(evidence), older_reads(evidence),
            missing_events(evidence), order(evidence), rest(evidence), survived(evidence)]


def duplicate_spends(evidence: Evidence) -> Result:
    """I1."""
    result = Result("I1: no refresh token presented again after an answer that is held")
    again = 0
    for line in evidence.of_family.values():
        for place, second in enumerate(line):
            if second.verdict not in ("reuse", "replay_in_window"):
                continue
            again += 1
            brought = [first for first in line[:place] if first.generation == second.generation and first.issued]
            held = [first for first in brought if not evidence.loss(first)]
            judge_again(evidence, second, brought, held, result)
    result.seen = f"{len(evidence.presentations)} presentations, {again} of a token that was used before"
    return result


def judge_again(
    evidence: Evidence, second: Presentation, brought: list[Presentation], held: list[Presentation], result: Result,
) -> None:
    """One presentation of a token that the provider had seen."""
    for first in held:
        wait = second.arrived - first.delivered
        family = second.rotation == "single_use_family"
        if evidence.could_speak(first, second.arrived) or (family and wait < GRACE):
            result.findings.append(
                f"{second.client}: family {second.family}, generation {second.generation} was presented again"
                f" (line {second.sequence} of the provider's log), {wait:.1f} s after host {first.host} had been given the"
                f" answer to line {first.sequence}")
            return
    if held:
        result.allowed["its holder could not speak, and its class allows it (§6)"] += 1
    else:
        result.allowed.update({evidence.loss(first) for first in brought} or {"nothing had come of it"})


def overlapping_calls(evidence: Evidence) -> Result:
    """I6."""
    found = [one for one in evidence.presentations if one.overlapping]
    return Result(
        "I6: no two calls of one grant at the provider at once",
        [f"{one.client}: family {one.family}, line {one.sequence} of the provider's log" for one in found],
        f"{len(evidence.presentations)} presentations")


def lost_grants(evidence: Evidence) -> Result:
    """I4, I5, I7: who is told to sign in again has lost a grant, or is told so falsely, unless no complete answer reached
    a spool (§12)."""
    result = Result("I4, I5, I7: no grant lost, nobody told falsely to sign in again")
    told = [event for event in evidence.events if event["type"] == "TOKEN_REAUTHORIZATION_REQUIRED"]
    for event in told:
        families = evidence.family_at(event["connection"], evidence.happened(event))
        reasons = [why_lost(evidence, family) for family in families]
        explained = next((why for why, is_explained in reasons if is_explained), None)
        if explained:
            result.allowed[explained] += 1
        else:
            said = "; ".join(why for why, _ in reasons) or "the load has made no grant for it"
            result.findings.append(f"{event['connection']} ({event['reason']}), families {families}: {said}")
    result.seen = f"{len(told)} times somebody was told to"
    return result


def why_lost(evidence: Evidence, family: int) -> tuple[str, bool]:
    """What became of the newest token of a family, and whether that explains a loss."""
    presented = evidence.of_family.get(family, [])
    brought = [one for one in presented if one.issued]
    if not brought:
        return "the provider never gave anything for it, and was never asked in vain", False
    last = max(brought, key=lambda one: one.issued)
    # These classes lose nothing by a lost answer: the token can be presented again.
    if last.rotation in ("static", "overlap"):
        return f"a grant of class {last.rotation} is not lost by any single answer", False
    if loss := evidence.loss(last):
        return loss, True
    return f"host {last.host} had been given the answer to line {last.sequence} of the provider's log", False


def older_reads(evidence: Evidence) -> Result:
    """I3."""
    seconds = evidence.by_kind["second"]
    reads = sum(line["answers"]["read"].get("200", 0) for line in seconds)
    unverified = sum(line["unverified"] for line in seconds)
    return Result(
        "I3: no answer older than what was acknowledged before its call began",
        [f"{line['connection']}: a {line['call']} at host {line['host']} gave generation {line['generation']},"
         f" {line['acknowledged']} was acknowledged" for line in evidence.by_kind["older"]],
        f"{reads} reads, {unverified} of them marked `unverified`")


def missing_events(evidence: Evidence) -> Result:
    """The stream has what the store has, and every generation has its event."""
    result = Result("No event is missing")
    streamed = {event["id"] for event in evidence.events}
    stored = {event["id"]: event for event in evidence.store["events"]}
    for key in stored.keys() - streamed:
        result.findings.append(f"{stored[key]['type']} of {stored[key]['connection']} was not streamed: {key}")
    told = defaultdict(set)
    for event in evidence.store["events"]:
        if event["type"] in ("TOKEN_CREATED", "TOKEN_REFRESHED"):
            told[event["connection"]].add(event["generation"])
    for connection, generation in evidence.store["generations"].items():
        wanted = set(range(1, generation + 1)) if generation < 1 << 32 else set()
        for number in sorted(wanted - told[connection]):
            result.findings.append(f"{connection}: generation {number} has no event")
    acknowledged = {line["connection"] for line in evidence.by_kind["revoked"]}
    revoked = {event["connection"] for event in evidence.events if event["type"] == "TOKEN_REVOKED"}
    result.findings += [f"{connection}: revoked without an event" for connection in acknowledged - revoked]
    result.seen = f"{len(stored)} events in the store, {len(streamed)} streamed"
    return result


def order(evidence: Evidence) -> Result:
    """I2, I8: each generation has one event, and they come in order."""
    result = Result("I2, I8: generations follow each other, one event each, in order")
    newest: dict[str, int] = {}
    seen = set()
    for event in evidence.events:
        # At least once is promised; the same event again is told by its id.
        if event["id"] in seen or event["type"] not in ("TOKEN_CREATED", "TOKEN_REFRESHED"):
            continue
        seen.add(event["id"])
        before = newest.get(event["connection"], 0)
        if event["generation"] <= before:
            result.findings.append(
                f"{event['connection']}: generation {event['generation']} came after {before}, by another event")
        newest[event["connection"]] = max(before, event["generation"])
    result.findings += [f"{row}: two versions of one generation" for row in evidence.store["twice"]]
    result.seen = f"{len(seen)} generations of {len(newest)} connections"
    return result


def rest(evidence: Evidence) -> Result:
    """I10."""
    final = evidence.by_kind["final"]
    result = Result(
        "I10: without faults every connection comes to rest, and its token is good",
        [f"{line['connection']} ({line['client']}): {line['status']}, generation {line['generation']},"
         f" {'refreshed' if line['refreshed'] else 'not refreshed'} at the end"
         for line in final if line["status"] != "active" or not line["refreshed"]],
        f"{len(final)} connections")
    if not final:
        result.findings.append("no connection was looked at")
    result.findings += [f"host {host}: {count} answers are still in its spool"
                        for host, count in evidence.store["spooled"].items() if count]
    return result


def survived(evidence: Evidence) -> Result:
    """A host ends when it is told to."""
    return Result(
        "No host ended by itself",
        [f"host {fault['host']} ended with {fault['code']}" for fault in evidence.faults if fault["kind"] == "ended"],
        f"{sum(fault['kind'] == 'kill' for fault in evidence.faults)} were killed")
