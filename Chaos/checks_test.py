"""Each invariant broken once, in made-up evidence: a checker that cannot fail would show nothing."""

import unittest

import checks
from evidence import Evidence
from options import GRACE, LEASE, Options
from schedule import plan


def presented(sequence: int, at: float, generation: int, issued: int | None, verdict: str, **more) -> dict:
    """A line of the provider's log: family 1 of the strictest class unless it says otherwise."""
    return {"sequence": sequence, "operation": "refresh", "client_id": "c", "class": "single_use_family", "family": 1,
            "generation": generation, "issued_generation": issued, "verdict": verdict, "overlapping": False,
            "arrived_at": at * 1000, "answer": "sent", "status": 200 if issued else 400, "call": str(sequence), **more}


def called(sequence: int, at: float, whole: bool = True, fault: str | None = None) -> dict:
    """A line of the proxy's log, of host a."""
    return {"call": str(sequence), "host": "a", "at": at, "delivered": at if whole else None, "whole": whole,
            "fault": fault}


def event(key: str, kind: str, generation: int | None = None, at: float = 100) -> dict:
    """One of connection x."""
    return {"id": key, "type": kind, "connection": "x", "generation": generation, "at": at, "reason": None}


CONNECTED = [{"kind": "connected", "at": 1, "connection": "x", "client": "c", "family": 1}]
REUSED = [presented(1, 10, 1, 2, "fresh"), presented(2, 30, 1, None, "reuse")]
STORE = {"events": [], "generations": {}, "states": {}, "twice": [], "spooled": {}}


def evidence(provider=(), calls=(), faults=(), load=(), events=(), store=STORE) -> Evidence:
    """Of what is given, and nothing else."""
    return Evidence(list(provider), list(calls), list(faults), list(load), list(events), store)


class Spending(unittest.TestCase):
    def test_reuse_of_what_was_answered_is_found(self):
        found = checks.duplicate_spends(evidence(REUSED, [called(1, 10), called(2, 30)]))
        self.assertEqual(len(found.findings), 1)

    def test_reuse_after_a_cut_answer_is_allowed(self):
        found = checks.duplicate_spends(evidence(REUSED, [called(1, 10, False, "truncate"), called(2, 30)]))
        self.assertEqual((found.findings, found.allowed.total()), ([], 1))

    def test_an_answer_that_came_as_the_host_gave_up_may_be_lost(self):
        found = checks.duplicate_spends(evidence(REUSED, [{**called(1, 10), "late": True}, called(2, 30)]))
        self.assertEqual((found.findings, found.allowed.total()), ([], 1))

    def test_a_crash_explains_only_what_came_right_before_it(self):
        calls = [called(1, 10), called(2, 30)]
        early = evidence(REUSED, calls, [{"kind": "kill", "host": "a", "began": 10.5, "ended": 12}])
        late = evidence(REUSED, calls, [{"kind": "kill", "host": "a", "began": 20, "ended": 22}])
        other = evidence(REUSED, calls, [{"kind": "kill", "host": "b", "began": 10.5, "ended": 12}])
        self.assertEqual([len(checks.duplicate_spends(one).findings) for one in (early, late, other)], [0, 1, 1])

    def test_a_frozen_holder_is_waited_for_only_by_families(self):
        frozen = [{"kind": "freeze", "host": "a", "began": 9, "ended": 9 + 2 * LEASE}]
        for rotation, broken in (("single_use", 0), ("single_use_family", 1)):
            lines = [{**line, "class": rotation} for line in REUSED]
            found = checks.duplicate_spends(evidence(lines, [called(1, 10), called(2, 30)], frozen))
            self.assertEqual(len(found.findings), broken, rotation)

    def test_a_family_whose_holder_was_silent_for_grace_may_be_tried(self):
        frozen = [{"kind": "freeze", "host": "a", "began": 9, "ended": 12 + GRACE}]
        lines = [REUSED[0], presented(2, 11 + GRACE, 1, None, "reuse")]
        self.assertEqual(checks.duplicate_spends(evidence(lines, [called(1, 10)], frozen)).findings, [])

    def test_overlapping_calls_are_found(self):
        found = checks.overlapping_calls(evidence([presented(1, 10, 1, 2, "fresh", overlapping=True)]))
        self.assertEqual(len(found.findings), 1)


class Losing(unittest.TestCase):
    TOLD = [event("e", "TOKEN_REAUTHORIZATION_REQUIRED", at=40)]

    def test_what_was_streamed_late_is_judged_by_the_grant_of_its_time(self):
        load = [*CONNECTED, {"kind": "connected", "at": 41, "connection": "x", "client": "c", "family": 2}]
        lines = [*REUSED, presented(3, 42, 1, 2, "fresh", family=2)]
        calls = [called(1, 10, False, "truncate"), called(2, 30), called(3, 42)]
        for at, broken in ((40, 0), (44, 1)):
            store = {**STORE, "events": [event("e", "TOKEN_REAUTHORIZATION_REQUIRED", at=at)]}
            late = evidence(lines, calls, load=load, events=[event("e", "TOKEN_REAUTHORIZATION_REQUIRED", at=45)], store=store)
            self.assertEqual(len(checks.lost_grants(late).findings), broken, at)

    def lost(self, provider, calls, faults=()):
        return checks.lost_grants(evidence(provider, calls, faults, CONNECTED, self.TOLD))

    def test_a_grant_whose_answer_was_held_is_lost(self):
        self.assertEqual(len(self.lost(REUSED, [called(1, 10), called(2, 30)]).findings), 1)

    def test_one_whose_answer_was_cut_is_explained(self):
        found = self.lost(REUSED, [called(1, 10, False, "reset"), called(2, 30)])
        self.assertEqual((found.findings, found.allowed.total()), ([], 1))

    def test_one_whose_answer_the_provider_lost_is_explained(self):
        lines = [presented(1, 10, 1, 2, "fresh", status=504, fault="status"), REUSED[1]]
        self.assertEqual(self.lost(lines, [called(1, 10), called(2, 30)]).findings, [])

    def test_one_that_nobody_refused_is_told_falsely(self):
        self.assertEqual(len(self.lost(REUSED[:1], [called(1, 10)]).findings), 1)

    def test_a_static_one_is_never_lost_by_an_answer(self):
        lines = [presented(1, 10, 1, 2, "fresh", **{"class": "static"})]
        self.assertEqual(len(self.lost(lines, [called(1, 10, False, "reset")]).findings), 1)

    def test_a_full_disk_explains(self):
        full = [{"kind": "disk_full", "host": "a", "began": 9, "ended": 12}]
        self.assertEqual(self.lost(REUSED, [called(1, 10), called(2, 30)], full).findings, [])

    def test_a_grant_of_before_the_reconnection_is_not_asked(self):
        again = [*CONNECTED, {"kind": "connected", "at": 5, "connection": "x", "client": "c", "family": 2}]
        self.assertEqual(evidence(load=again).family_at("x", 40), [2])


class Telling(unittest.TestCase):
    STORED = [event("1", "TOKEN_CREATED", 1), event("2", "TOKEN_REFRESHED", 2)]

    def told(self, streamed: list[dict], newest: int) -> Evidence:
        """The store has both events; so many came, and the line is at that generation."""
        return evidence(events=streamed, store={**STORE, "events": self.STORED, "generations": {"x": newest}})

    def test_the_same_event_twice_is_right(self):
        found = self.told([*self.STORED, self.STORED[1]], 2)
        self.assertEqual(checks.missing_events(found).findings + checks.order(found).findings, [])

    def test_what_was_not_streamed_is_missing(self):
        self.assertEqual(len(checks.missing_events(self.told(self.STORED[:1], 2)).findings), 1)

    def test_a_generation_without_event_is_missing(self):
        self.assertEqual(len(checks.missing_events(self.told(self.STORED, 3)).findings), 1)

    def test_a_revocation_without_event_is_missing(self):
        revoked = [{"kind": "revoked", "at": 3, "connection": "x"}]
        self.assertEqual(len(checks.missing_events(evidence(load=revoked)).findings), 1)

    def test_a_generation_told_twice_or_late_is_out_of_order(self):
        for wrong in (event("3", "TOKEN_REFRESHED", 2), event("3", "TOKEN_REFRESHED", 1)):
            self.assertEqual(len(checks.order(evidence(events=[*self.STORED, wrong])).findings), 1)

    def test_an_older_answer_is_found(self):
        older = {"kind": "older", "connection": "x", "host": "a", "call": "read", "generation": 1, "acknowledged": 2}
        self.assertEqual(len(checks.older_reads(evidence(load=[older])).findings), 1)

    def test_who_does_not_come_to_rest_is_found(self):
        final = {"kind": "final", "connection": "x", "client": "c", "status": "recovering", "generation": 1,
                 "refreshed": False}
        self.assertEqual(len(checks.rest(evidence(load=[final])).findings), 1)
        self.assertEqual(len(checks.rest(evidence()).findings), 1)

    def test_a_host_that_ended_is_found(self):
        ended = {"kind": "ended", "host": "a", "began": 3, "code": -11}
        self.assertEqual(len(checks.survived(evidence(faults=[ended])).findings), 1)


class Planning(unittest.TestCase):
    def options(self, seed: int, hosts: int = 3) -> Options:
        return Options("", None, None, hosts, 1, 1, 1, 300, 4, seed, None)

    def test_the_same_seed_is_the_same_plan(self):
        self.assertEqual(plan(self.options(7), ["a", "b", "c"]), plan(self.options(7), ["a", "b", "c"]))
        self.assertNotEqual(plan(self.options(7), ["a", "b", "c"]), plan(self.options(8), ["a", "b", "c"]))

    def test_one_host_is_always_well(self):
        for seed in range(20):
            faults = [fault for fault in plan(self.options(seed), ["a", "b", "c"]) if fault.host]
            for fault in faults:
                struck = {other.host for other in faults if other.at <= fault.at < other.at + other.seconds}
                self.assertLess(len(struck), 3)

    def test_every_fault_ends_before_the_load_does(self):
        for seed in range(20):
            for fault in plan(self.options(seed), ["a", "b", "c"]):
                self.assertLessEqual(fault.at + fault.seconds, 300)


if __name__ == "__main__":
    unittest.main()
