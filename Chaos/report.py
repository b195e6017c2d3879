"""The page of a run, and its short form for a terminal."""

from collections import Counter
from dataclasses import dataclass
from html import escape

import plots
from checks import Result
from evidence import Evidence
from options import VOID_BELOW
from tally import CLASSES

STYLE = """body{font:15px/1.45 system-ui,sans-serif;max-width:1040px;margin:2em auto;padding:0 1em;color:#222}
table{border-collapse:collapse;margin:.6em 0 1.4em}td,th{border-bottom:1px solid #ddd;padding:.25em .8em .25em 0;
text-align:left;vertical-align:top}svg{width:100%;height:auto}svg text{font-size:11px;fill:#666}
.good{color:#1e7b34}.bad{color:#b3261e}li{margin:.15em 0}"""


@dataclass
class Rate:
    """What was wanted of a rate and what came."""

    name: str
    wanted: float
    came: float

    @property
    def is_kept(self) -> bool:
        return self.came >= VOID_BELOW * self.wanted


def seconds(evidence: Evidence, run: dict, what: str) -> list[float]:
    """Good answers in each second of the load."""
    counts = Counter()
    for line in evidence.by_kind["second"]:
        counts[line["second"] - int(run["began"])] += line["answers"][what].get("200", 0)
    return [counts[second] for second in range(int(run["ended"] - run["began"]))]


def refreshed(evidence: Evidence, run: dict) -> list[float]:
    """Generations whose events came in each second of the load."""
    counts = Counter(int(event["at"] - run["began"]) for event in {event["id"]: event for event in reversed(
        evidence.events)}.values() if event["type"] == "TOKEN_REFRESHED")
    return [counts[second] for second in range(int(run["ended"] - run["began"]))]


def rates(evidence: Evidence, run: dict) -> list[Rate]:
    """Of the whole load, faults and all."""
    def mean(values: list[float]) -> float:
        return sum(values) / max(1, len(values))
    return [Rate("refreshes a second", run["refreshes"], mean(refreshed(evidence, run))),
            Rate("reads a second", run["reads"], mean(seconds(evidence, run, "read")))]


def holds(results: list[Result], kept: list[Rate]) -> bool:
    """Whether the run shows what it is to show."""
    return not any(result.findings for result in results) and all(rate.is_kept for rate in kept)


def quantiles(evidence: Evidence, what: str) -> list[str]:
    """Milliseconds within which half, 99 and 99.9 % of the good answers came."""
    counts = Counter()
    for line in evidence.by_kind["second"]:
        counts.update({int(number): count for number, count in line["times"][what].items()})
    found = []
    for share in (0.5, 0.99, 0.999):
        left = share * counts.total()
        for number in sorted(counts):
            left -= counts[number]
            if left <= 0:
                found.append(f"{CLASSES[number] * 1000:.3g} ms")
                break
    return found or ["–"] * 3


def verdict(run: dict, results: list[Result], kept: list[Rate]) -> str:
    """In one sentence."""
    broken = [result.name for result in results if result.findings]
    void = [rate.name for rate in kept if not rate.is_kept]
    if broken:
        return f"BROKEN: {'; '.join(broken)}. The seed is {run['seed']}"
    if void:
        return f"VOID: below {VOID_BELOW:.0%} of the {' and the '.join(void)}. The seed is {run['seed']}"
    return f"Everything held, with seed {run['seed']}"


def summary(run: dict, results: list[Result], kept: list[Rate]) -> str:
    """For a terminal: the first findings of each kind."""
    text = [""]
    for result in results:
        text.append(f"{'broken' if result.findings else 'holds '}  {result.name} ({result.seen})")
        text += [f"          {finding}" for finding in result.findings[:5]]
        text += [f"          … and {len(result.findings) - 5} more"] if len(result.findings) > 5 else []
        text += [f"          allowed {count} times: {why}" for why, count in result.allowed.most_common()]
    text += [f"{'kept  ' if rate.is_kept else 'missed'}  {rate.name}: {rate.came:.0f} of {rate.wanted:.0f}" for rate in kept]
    return "\n".join([*text, f"chaos: {verdict(run, results, kept)}"])


def table(head: list[str], rows: list[list[str]]) -> str:
    """Cells are HTML."""
    cells = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return "<table><tr>" + "".join(f"<th>{escape(word)}</th>" for word in head) + f"</tr>{cells}</table>"


def invariant(result: Result) -> list[str]:
    """A row."""
    more = "".join(f"<li>{escape(finding)}</li>" for finding in result.findings[:200])
    more += "".join(f"<li>allowed {count} times: {escape(why)}</li>" for why, count in result.allowed.most_common())
    word = f'<b class="bad">{len(result.findings)} broken</b>' if result.findings else '<b class="good">0</b>'
    return [escape(result.name), word, f"{escape(result.seen)}<ul>{more}</ul>" if more else escape(result.seen)]


def page(evidence: Evidence, run: dict, results: list[Result], kept: list[Rate]) -> str:
    """All of it, without anything from elsewhere."""
    bands = [(fault["began"] - run["began"], fault.get("ended", fault["began"]) - run["began"],
              f"{fault['kind']} {fault['host'] or ''}") for fault in evidence.faults]
    came = {"reads": seconds(evidence, run, "read"), "refreshes": refreshed(evidence, run)}
    kinds = Counter(fault["kind"] for fault in evidence.faults)
    answers = {what: Counter() for what in ("read", "refresh")}
    for line in evidence.by_kind["second"]:
        for what, counts in answers.items():
            counts.update(line["answers"][what])
    good = "good" if holds(results, kept) else "bad"
    parts = [
        f"<!DOCTYPE html><meta charset=utf-8><title>Chaos, seed {run['seed']}</title><style>{STYLE}</style>",
        f"<h1>Chaos</h1><p class={good}><b>{escape(verdict(run, results, kept))}</b></p>",
        f"<p>{run['hosts']} hosts over one PostgreSQL with a synchronous standby, behind pgbouncer; {run['connections']}"
        f" connections; {run['ended'] - run['began']:.0f} s of load with {len(evidence.faults)} faults, then"
        f" {run['settled'] - run['ended']:.0f} s to come to rest; {run['cores']} cores for all of it, load average"
        f" {run['loads'][0]:.1f}.</p>",
        "<h2>Invariants</h2>", table(["", "broken", "tried on"], [invariant(result) for result in results]),
        "<h2>Rates</h2>", table(["", "wanted", "came", ""], [
            [rate.name, f"{rate.wanted:.0f}", f"{rate.came:.1f}",
             f'<b class="{"good" if rate.is_kept else "bad"}">{"kept" if rate.is_kept else "missed"}</b>']
            for rate in kept]),
        "<h3>Refreshes, each second</h3>",
        plots.lines({"refreshes": ("#1f4e8c", came["refreshes"])}, bands, run["refreshes"]),
        "<h3>Reads, each second</h3>", plots.lines({"reads": ("#1f4e8c", came["reads"])}, bands, run["reads"]),
        "<p>Bands are faults; the pointer says which.</p>",
        "<h2>Times of good answers, at the caller</h2>",
        table(["", "half", "99 %", "99.9 %"], [[what, *quantiles(evidence, what)] for what in answers]),
        "<h2>Answers</h2>", table(["", "status: times (0: no answer)"], [
            [what, ", ".join(f"{status}: {count}" for status, count in sorted(counts.items()))]
            for what, counts in answers.items()]),
        "<h2>Faults</h2>", table(["kind", "times"], [[kind, str(count)] for kind, count in sorted(kinds.items())]),
        "<h2>At the provider</h2>", table(["judged", "presentations"], [
            [name, str(count)] for name, count in Counter(
                one.verdict for one in evidence.presentations).most_common()]),
        "<h2>In the store, at the end</h2>",
        table(["state", "lines"], [[state, str(count)] for state, count in evidence.store["states"].items()]),
        f"<p>The event stream broke off {run['reconnections']} times and went on from where it was.</p>",
    ]
    return "\n".join(parts)
