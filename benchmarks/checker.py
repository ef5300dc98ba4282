"""The checker beside other ways to check a gradient: ``python -m benchmarks.checker``.

Every case is a backward known to be right or wrong. Counted are the wrong ones that
pass, the right ones that fail, and the share of wrong ones whose mistake is named;
measured is the processor time of one check, beside CS231n's single trial in the same run: what
else the machine does meanwhile lengthens a long check by more than a short one.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import forwards, peers
from benchmarks.arguments import positive
from benchmarks.case_files import CaseFileError, CaseSet, as_function, fair, is_specific, load
from course_utils.checker import examine

OURS = "this checker"


@dataclass
class Tally:
    """What one method made of the cases it saw."""

    seeds: int
    right: int = 0
    wrong: int = 0
    named: int = 0
    misnamed: int = 0
    false_passes: list[str] = field(default_factory=list)
    false_fails: list[str] = field(default_factory=list)
    unnamed: list[dict[str, str]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    forwards: list[int] = field(default_factory=list)

    def add(self, case: Any, passed: bool, said: Sequence[str], seconds: float) -> None:
        """Count one verdict; `said` are the codes that the method's words come to."""
        self.seconds.append(seconds)
        if case.kind == "correct":
            self.right += 1
            if not passed:
                self.false_fails.append(case.id)
            return
        self.wrong += 1
        if passed:
            self.false_passes.append(case.id)
        elif any(fnmatch.fnmatchcase(code, a) for code in said for a in fair(case)):
            self.named += 1
        else:
            got = " ".join(said)
            self.misnamed += any(is_specific(code) for code in said)
            self.unnamed.append({"id": case.id, "expected": " ".join(fair(case)), "got": got})

    @property
    def share_named(self) -> float:
        """The named share of the wrong ones; one that passed counts as not named."""
        return self.named / self.wrong if self.wrong else 1.0

    @property
    def share_misnamed(self) -> float:
        """The share of the wrong ones that got a specific name which is not theirs."""
        return self.misnamed / self.wrong if self.wrong else 0.0

    @property
    def median_ms(self) -> float:
        """The time of one check."""
        return 1e3 * statistics.median(self.seconds)


def run_ours(case: Any, op: Any, seed: int, hints: bool) -> tuple[bool, str, str, float]:
    """Examine one case; return whether it passed, the code, the text, and the seconds of work."""
    function = as_function(case, op)
    extra = {"special": op.special, "square": op.square} if hints else {}
    begun = time.process_time()
    try:
        report = examine(
            function,
            lambda rng, **sizes: op.make_inputs(rng, sizes),
            dims=op.dims,
            wrt=op.wrt,
            batch=op.batch or None,
            smallest=dict(op.lo),
            seed=seed,
            **extra,
        )
    # Neither a pass nor a name: it shows among the unnamed, or as a false fail.
    except Exception as error:
        seconds = time.process_time() - begun
        return False, f"({type(error).__name__} in the checker)", str(error), seconds
    return report.passed, report.code, report.text(), time.process_time() - begun


def compare(
    cases: CaseSet, seeds: int, hints: bool, methods: dict[str, peers.Method], show: bool
) -> dict[str, Tally]:
    """Run the checker and `methods` over the cases.

    The checker and CS231n take turns over all seeds, so that both meet the same
    moments of a busy machine; the others see the first seed only.
    """
    tallies = {OURS: Tally(seeds)}
    for name in methods:
        tallies[name] = Tally(seeds if name == peers.CS231N else 1)
    run_ours(cases.cases[0], cases.ops[cases.cases[0].op], 0, hints)  # what is slow only once
    for case, seed in _progress(cases, seeds):
        op = forwards.Counted(cases.ops[case.op])
        passed, code, text, seconds = run_ours(case, op, seed, hints)
        tallies[OURS].forwards.append(op.taken())
        tallies[OURS].add(case, passed, (code,) if code else (), seconds)
        if show:
            print(f"{case.id}, seed {seed}: {' or '.join(fair(case)) or 'right'}\n{text}\n")
        for name, method in methods.items():
            if seed < tallies[name].seeds:
                begun = time.process_time()
                given = peers.sample(case, op, seed)
                outcome = peers.judged(method, given)
                seconds = time.process_time() - begun
                tallies[name].add(case, outcome.passed, outcome.names, seconds)
                tallies[name].forwards.append(op.taken())
    return tallies


def _progress(cases: CaseSet, seeds: int) -> Iterator[tuple[Any, int]]:
    """Go through all cases and seeds, and say on a terminal how far it is."""
    shown = sys.stderr.isatty()
    for done, case in enumerate(cases.cases):
        if shown:
            line = f"case {done + 1} of {len(cases.cases)}: {case.id}"
            print(f"\r{line:<78.78}", end="", file=sys.stderr, flush=True)
        for seed in range(seeds):
            yield case, seed
    if shown:
        print(f"\r{'':<78}\r", end="", file=sys.stderr, flush=True)


def as_table(tallies: dict[str, Tally]) -> str:
    """Write what was counted, one method a line."""
    base = tallies[peers.CS231N]
    lines = []
    heads = (
        "method",
        "false passes",
        "false fails",
        "named",
        "misnamed",
        "ms",
        "x CS231n",
        "total x",
        "seeds",
    )
    table = [heads]
    for name, tally in tallies.items():
        table.append(
            (
                name,
                f"{len(tally.false_passes)} of {tally.wrong}",
                f"{len(tally.false_fails)} of {tally.right}",
                f"{tally.share_named:.1%}",
                f"{tally.share_misnamed:.1%}",
                f"{tally.median_ms:.3g}",
                f"{tally.median_ms / base.median_ms:.2f}",
                f"{_total(tally, base):.2f}",
                str(tally.seeds),
            )
        )
    widths = [max(len(row[i]) for row in table) for i in range(len(heads))]
    for row in table:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join(cells))
    return "\n".join(lines)


def _total(tally: Tally, base: Tally) -> float:
    """Compare mean times: methods that saw fewer seeds saw the same cases."""
    return statistics.fmean(tally.seconds) / statistics.fmean(base.seconds)


def as_json(tallies: dict[str, Tally]) -> dict[str, Any]:
    """Return what ``--json`` prints."""
    ours, base = tallies[OURS], tallies[peers.CS231N]
    return {
        "false_passes": len(ours.false_passes),
        "false_fails": len(ours.false_fails),
        "named": ours.share_named,
        "misnamed": ours.share_misnamed,
        "median_ms": ours.median_ms,
        "ratio_to_cs231n": ours.median_ms / base.median_ms,
        "ratio_of_totals": _total(ours, base),
        "median_forwards": statistics.median(ours.forwards),
        "forwards_of_cs231n": statistics.median(base.forwards),
        "most_forwards": max(ours.forwards),
        "right": ours.right // ours.seeds,
        "wrong": ours.wrong // ours.seeds,
        "seeds": ours.seeds,
        "false_pass_ids": sorted(set(ours.false_passes)),
        "false_fail_ids": sorted(set(ours.false_fails)),
        "unnamed": ours.unnamed,
        "peers": {
            name: {
                "false_passes": len(tally.false_passes),
                "false_fails": len(tally.false_fails),
                "named": tally.share_named,
                "misnamed": tally.share_misnamed,
                "median_ms": tally.median_ms,
                "seeds": tally.seeds,
            }
            for name, tally in tallies.items()
            if name != OURS
        },
    }


NOTES = """\
Named is the share of wrong cases whose mistake the method's message names; one that
passes is not named. Misnamed is the share whose message names another mistake, and does
not only say that or where something is wrong. Times are the processor's, of this run:
x CS231n is the ratio of the medians, total x that of the sums. The checker and CS231n
see every seed, the others the first.
CS231n: entry by entry, central differences with h = 1e-5, one trial at the generic
sizes, relative error below 1e-6. np.allclose: the same differences, its own tolerance."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return the exit code, 2 for a case file that cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.checker", description=__doc__)
    parser.add_argument("--cases", type=Path, metavar="FILE", help="a file with OPS and CASES")
    parser.add_argument("--seeds", type=positive, default=1, metavar="N", help="seeds a case")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--no-hints", action="store_true", help="leave out special and square")
    parser.add_argument("--only", metavar="ID", help="only cases with ID in their id, with texts")
    parser.add_argument(
        "--peers",
        action=argparse.BooleanOptionalAction,
        help="all methods, or CS231n alone (the default with --json)",
    )
    chosen = parser.parse_args(arguments)
    try:
        cases = load(chosen.cases)
    except CaseFileError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    if chosen.only is not None:
        cases = CaseSet(cases.ops, tuple(c for c in cases.cases if chosen.only in c.id))
        if not cases.cases:
            print(f"{parser.prog}: no case has {chosen.only} in its id", file=sys.stderr)
            return 2
    every = not chosen.json if chosen.peers is None else chosen.peers
    methods, skipped = peers.available() if every else ({peers.CS231N: peers.cs231n}, [])
    show = chosen.only is not None and not chosen.json
    tallies = compare(cases, chosen.seeds, not chosen.no_hints, methods, show)
    if chosen.json:
        print(json.dumps(as_json(tallies)))
        return 0
    print(as_table(tallies))
    counts = {name: tally.forwards for name, tally in tallies.items()}
    print("\n" + forwards.as_text(counts, peers.CS231N))
    print("\n" + "\n".join([NOTES, *skipped]))
    _list(tallies[OURS])
    return 0


def _list(ours: Tally) -> None:
    for title, ids in (("False passes", ours.false_passes), ("False fails", ours.false_fails)):
        if ids:
            print(f"{title}: {', '.join(sorted(set(ids)))}")
    told = sorted({(u["id"], u["expected"], u["got"]) for u in ours.unnamed})
    for name, expected, got in told:
        said = "Misnamed" if any(map(is_specific, got.split())) else "Not named"
        print(f"{said}: {name} is {expected}, reported as {got}")


if __name__ == "__main__":
    sys.exit(main())
