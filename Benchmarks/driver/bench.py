"""`make bench`: ratios, each measured side by side in the same minutes. Prints a table and asserts nothing.

usage: bench.py PROGRAM BENCHMARKS CONNECTORS FOLDER [reads|refreshes|commits|starting|loading|lists|replicas|pgbench|growth]…

Without names all but growth, which takes long. It goes up to 100,000 stored connections, or to LARGEST of the environment.
"""

import os
import subprocess
import sys
from pathlib import Path
from statistics import median

import growth
import lists
import reads
import refreshes
import replicas
import saturation
import starting
from processes import Host, Program, free_port

USUAL = ["reads", "refreshes", "commits", "starting", "loading", "lists", "replicas", "pgbench"]
SIZES = [1_000, 100_000]


class Bench:
    """The programs and folders of one run, and the rows of its table."""

    def __init__(self, program: str, benchmarks: str, connectors: str, folder: str):
        self.program, self.benchmarks = program, benchmarks
        self.connectors, self.folder = Path(connectors), Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.rows: list[tuple[str, str, str, str]] = []
        self.sandbox_port = free_port()

    def host(self, name: str) -> Host:
        """A host that is not started yet."""
        return Host(self.program, self.connectors, self.folder / name)

    def sandbox(self) -> Program:
        """The simulated provider."""
        arguments = [self.program, "sandbox", "--port", str(self.sandbox_port)]
        sandbox = Program(arguments, self.folder / "sandbox.log")
        sandbox.wait_for(self.sandbox_port, "/_sandbox/stats")
        return sandbox

    def reads(self) -> None:
        """wrk, one thread, 32 connections."""
        found = reads.measure(
            self.host("reads"), self.host("quiet"), self.benchmarks, self.sandbox_port, self.folder, rounds=5, seconds=5)
        bare = f"{found['bare']:.0f}/s bare handler"
        self.rows += [
            ("token read, audit on", f"{found['ratio']:.2f}", f"{found['defaults']:.0f}/s beside {bare}", "0.6"),
            ("the same, LOG_HTTP_REQUESTS=false", f"{found['quiet_ratio']:.2f}",
             f"{found['quiet']:.0f}/s beside {bare}", ""),
        ]

    def refreshes(self) -> None:
        """One at a time."""
        found = refreshes.measure(self.host("refreshes"), self.sandbox_port, count=400)
        self.rows.append((
            "one refresh, added to the provider's time", f"{found['added']:.2f} ms",
            f"{found['through']:.2f} ms beside {found['direct']:.2f} ms at the provider", "at most 3 ms"))

    def commits(self) -> None:
        """Claim with send, then the answer."""
        folder = self.folder / "commits"
        folder.mkdir()
        output = subprocess.check_output([self.benchmarks, "commits", str(folder)], text=True)
        ours, plain, same, plain_ratio, same_ratio = output.split()
        self.rows += [
            ("protocol commits on SQLite, same rows by hand", f"{float(same_ratio):.2f}",
             f"{ours}/s beside {same}/s in the same tables", "0.8"),
            ("the same, as many rows in two simple tables", f"{float(plain_ratio):.2f}",
             f"{ours}/s beside {plain}/s with no index but the keys", ""),
        ]

    def starting(self) -> None:
        """Five hosts, one after the other."""
        hosts = [self.host(f"start-{number}") for number in range(5)]
        found = starting.measure(hosts, self.sandbox_port)
        self.rows += [
            ("idle memory, after 100 reads", f"{found['memory']:.1f} MiB", "median of 5", "below 60 MiB"),
            ("start to ready", f"{found['again']:.0f} ms", f"first start {found['first']:.0f} ms; medians of 5",
             "below 300 ms"),
        ]

    def loading(self) -> None:
        """1,000 definitions, made of the catalog's."""
        folder = self.folder / "definitions"
        folder.mkdir()
        output = subprocess.check_output([self.benchmarks, "loading", str(self.connectors), str(folder)], text=True)
        ours, plain, again, ratio = (float(word) for word in output.split())
        self.rows += [
            ("loading 1,000 definitions", f"{ours:.0f} ms",
             f"{ratio:.1f} times reading bytes and YAML alone, {plain:.0f} ms", "below 300 ms"),
            ("the same after one changed", f"{again:.0f} ms", "the others are neither read nor checked", ""),
        ]

    def lists(self) -> None:
        """10,000 connections, and 100: every list, filter and page."""
        found = lists.measure(self.host("few"), self.host("many"), self.sandbox_port)
        for name, took in sorted(found["many"].items(), key=lambda item: -item[1])[:3]:
            self.rows.append((
                f"of 10,000 connections: {name}", f"{took:.1f} ms", f"{found['few'][name]:.1f} ms of 100",
                "below 50 ms"))
        self.rows.append((
            f"the same, all {len(found['many'])} lists", f"{found['ratio']:.2f}",
            "median of the ratios to the same list of 100", ""))

    def replicas(self) -> None:
        """10,000 callers at three hosts, 20 rounds."""
        hosts = [self.host(f"replica-{number}") for number in range(3)]
        found = replicas.measure(hosts, self.sandbox_port, self.folder, callers=10_000)

        def row(name: str, times: list[float], aim: str = "") -> None:
            beyond = sorted(time - replicas.LATENCY for time in times)
            self.rows.append((
                f"10,000 callers at 3 hosts, one call: {name}", f"{median(beyond):.0f} ms",
                f"beyond the provider's {replicas.LATENCY} ms; {len(beyond)} rounds, worst {beyond[-1]:.0f} ms", aim))

        row("p50", [replicas.percentile(one.read, 50) for one in found])
        row("p99", [replicas.percentile(one.read, 99) for one in found], "at most 250 ms")
        row("p99, until it is in the caller's socket", [replicas.percentile(one.arrived, 99) for one in found])
        sending = sorted(one.sending for one in found)
        self.rows.append((
            "the same: from the first request to the last", f"{median(sending):.0f} ms", f"worst {sending[-1]:.0f} ms", ""))

    def pgbench(self) -> None:
        """Three hosts at their limit and pgbench in turns."""
        hosts = [self.host(f"limit-{number}") for number in range(3)]
        found = saturation.measure(hosts, self.host("capture"), self.sandbox_port, self.folder)
        self.rows.append(saturation.row(found))

    def growth(self) -> None:
        """1,000 connections, 100,000, and for a release a million."""
        hosts = [self.host(f"growth-{number}") for number in range(3)]
        largest = int(os.environ.get("LARGEST") or SIZES[-1])
        sizes = sorted({size for size in SIZES if size < largest} | {largest})
        self.rows += growth.rows(growth.measure(hosts, self.sandbox_port, self.folder, sizes))

    def table(self) -> str:
        """The rows in columns."""
        rows = [("measure", "result", "measured side by side", "aim"), *self.rows]
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
        lines.insert(1, "  ".join("-" * width for width in widths))
        return "\n".join(lines)


def main() -> None:
    """Measures what is named, all if nothing is."""
    wanted = sys.argv[5:] or USUAL
    if len(sys.argv) < 5 or any(word not in [*USUAL, "growth"] for word in wanted):
        raise SystemExit(__doc__)
    bench = Bench(*sys.argv[1:5])
    loads = [os.getloadavg()[0]]
    sandbox = bench.sandbox()
    for word in wanted:
        print(f"bench: {word}", flush=True)
        getattr(bench, word)()
        loads.append(os.getloadavg()[0])
    sandbox.end()
    print("\n" + bench.table())
    print(f"\n{os.cpu_count()} cores; load average {' '.join(f'{load:.1f}' for load in loads)} before and after each.")


main()
