"""The report as tables on a terminal."""

from collections.abc import Iterator

from autograde.base.tables import cut, plain, points, table
from autograde.reporting.figures import Figures
from autograde.reporting.mistakes import Mistake
from autograde.reporting.report import DISCRIMINATION, SHARE, STATES, Report

WIDTH = 44


def as_text(report: Report, *, names: bool) -> str:
    """Return the whole report, a blank line between its parts."""
    parts = [_opening(report), _exercises(report)]
    parts += [_mistakes(report, names=names)] if report.mistakes else []
    parts += ["\n".join(_teach_next(report)), _derivations(report), _pairs(report, names=names)]
    parts += ["\n".join(_changes(report)), "\n".join(f"Note: {n}" for n in report.group.notes)]
    return "\n\n".join(part for part in parts if part)


def _opening(report: Report) -> str:
    return (
        f"{report.group.assignment}: {len(report.group.entries)} handed in of"
        f" {report.group.enrolled} in the gradebook, {report.graded} graded ({report.at})"
    )


def _exercises(report: Report) -> str:
    header = ["exercise", *STATES, "of the points", "discrimination"]
    rows = [
        [
            cut(each.title, WIDTH),
            *(str(each.counts[state] or "") for state in STATES),
            percent(each.mean_share),
            told_apart(each),
        ]
        for each in report.figures
    ]
    return f"{table(header, rows, left=1)}\n\n{SHARE}\n{DISCRIMINATION}"


def percent(share: float | None) -> str:
    """A share of the points; a dash where nobody is graded."""
    return "-" if share is None else f"{share:.0%}"


def told_apart(figures: Figures) -> str:
    """The discrimination, or why there is none."""
    found = figures.discrimination
    return f"- ({figures.undefined})" if found is None else f"{found:.2f}"


def _mistakes(report: Report, *, names: bool) -> str:
    rows = [
        [
            each.code,
            cut("; ".join(each.exercises), WIDTH),
            str(len(each.students)),
            str(each.count),
            *([", ".join(each.students)] if names else []),
        ]
        for each in report.mistakes
    ]
    header = ["mistake", "in", "students", "answers", *(["who"] if names else [])]
    examples = [
        f"{each.code}, see {each.section}: {headline(each)}"
        for each in report.mistakes
        if each.section
    ]
    return "\n".join([table(header, rows), "", *map(plain, examples)]).rstrip()


def headline(mistake: Mistake) -> str:
    """What the checker said first of an example, after which exercise it is."""
    paragraphs = mistake.example.split("\n\n")
    told = paragraphs[1] if len(paragraphs) > 1 else paragraphs[0]
    return told.split("\n")[0] or mistake.meaning


def _teach_next(report: Report) -> Iterator[str]:
    if not report.teach_next:
        yield "Teach next: no named mistake is shared by two students."
        return
    yield "Teach next:"
    for number, each in enumerate(report.teach_next, 1):
        yield (
            f"  {number}. {each.code} ({len(each.students)} of {report.graded} students, in"
            f" {plain('; '.join(each.exercises))}): {each.meaning}"
        )
        if each.taught:
            yield f"     Taught in {each.taught}; see {each.section}."


def _derivations(report: Report) -> str:
    rows = [
        [
            cut(each.title, WIDTH),
            points(each.max_score),
            percent(each.mean_share),
            ", ".join(f"{count} x {mark}" for mark, count in each.marks.items()),
            str(each.counts["not graded"] or ""),
        ]
        for each in report.derivations
    ]
    header = ["derivation", "points", "reached", "marks", "without a mark"]
    return table(header, rows, left=1) if rows else ""


def _pairs(report: Report, *, names: bool) -> str:
    if not report.pairs:
        return ""
    count = f"{len(report.pairs)} {'pair' if len(report.pairs) == 1 else 'pairs'}"
    head = f"Worth a look: {count} of students with the same answers or nearly so."
    rows = [
        f"  {each.one} and {each.other}: {each.share:.0%}" for each in report.pairs if names
    ] or ["  --names says whose."]
    return "\n".join([head, *map(plain, rows), report.about_pairs])


def _changes(report: Report) -> Iterator[str]:
    found = report.changes
    if not found.since:
        yield "This is the first report."
        return
    yield f"Since the last report ({found.since}): {'' if found.any else 'nothing has changed.'}"
    if found.new or found.gone:
        yield f"  {found.new} newly graded, {found.gone} no longer"
    for title, steps in found.exercises.items():
        yield plain(f"  {title}: {', '.join(f'{n} {step}' for step, n in steps.items())}")
    for code, (before, now) in found.mistakes.items():
        yield plain(f"  {code}: {before} -> {now}")
