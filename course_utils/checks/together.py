"""One report on an exercise of several parts."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from course_utils.checker import Finding, Report


def together(name: str, reports: Mapping[str, Report]) -> Report:
    """Return what is said of an exercise of which not all parts passed.

    Every part that failed is diagnosed, and the report is called after those that are to blame:
    after none in particular where that is all of them. Where one part's mistake stops the whole
    answer, the others only say that it stopped, and are left out.
    """
    failed = {part: report for part, report in reports.items() if not report.passed}
    named = {part: report for part, report in failed.items() if report.code != "crash"}
    reasons = {_stopped(report) for report in named.values()} - {""}
    told = {p: r for p, r in failed.items() if p in named or _stopped(r) not in reasons}
    name = name if len(told) == len(reports) else f"{name} ({', '.join(told)})"
    findings: list[Finding] = []
    for part, report in told.items():
        for finding in report.findings:
            everywhere = all(finding.message in map(_message, r.findings) for r in told.values())
            label_alone = sum(_about(r, finding.input) for r in told.values()) == 1
            if not everywhere and not label_alone:
                message = f"{part}: {finding.message}"
                finding = dataclasses.replace(finding, message=message)
            if finding.message not in map(_message, findings):
                findings.append(finding)
    first = next(iter(told.values()))
    return dataclasses.replace(first, name=name, findings=tuple(findings))


def _message(finding: Finding) -> str:
    return finding.message


def _about(report: Report, label: str | None) -> bool:
    return any(finding.input == label for finding in report.findings)


def _stopped(report: Report) -> str:
    """Return how it stopped: what it says if that is all, else what it would have said."""
    finding = report.findings[0]
    plain = finding.message if finding.code == "crash" else ""
    return str(finding.details.get("stopped", plain))
