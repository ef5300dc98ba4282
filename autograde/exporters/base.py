"""What the exporters for learning platforms share: scores, names, and what is left out."""

import csv
import io
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.plugins import ExportPlugin
from traitlets import Bool, Dict, Unicode

from autograde.base.errors import AutogradeError
from autograde.gradebook.lateness import settle

FORMULA = ("=", "+", "-", "@")
"""A spreadsheet runs a cell that starts with one of these; a tab or line end before is no help."""

EXACT = 5
"""Digits after the point: Moodle keeps so many, and a sum of tenths has no others."""


class Platform(ExportPlugin):
    """One line a student and one column an assignment; `header` and `row` are the platform's."""

    file = ""
    """Where it goes without ``--to``."""

    missing = ""
    """What stands for no score."""

    titles = Dict(
        value_trait=Unicode(),
        key_trait=Unicode(),
        help="what the platform calls an assignment, where that is not its name in nbgrader",
    ).tag(config=True)

    zeros = Bool(
        False, help="write 0 for a submission that is missing, and not the sign for no score"
    ).tag(config=True)

    def export(self, gradebook: Gradebook) -> None:
        """Write the file, as ``nbgrader export`` asks; what is left out is in the log."""
        path = Path(self.to or self.file)
        try:
            notes = self.write(gradebook, path)
        except AutogradeError as error:
            sys.exit(f"nbgrader export: {error}")
        for note in notes:
            self.log.warning(note)
        self.log.info("Grades were written to %s", path)

    def write(self, gradebook: Gradebook, path: Path) -> list[str]:
        """Write the file; returns a sentence for all that a person must know about it."""
        text, notes = self.text(gradebook)
        path.write_text(text, encoding="utf-8", newline="")
        return notes

    def text(self, gradebook: Gradebook) -> tuple[str, list[str]]:
        """The file's content, and the sentences."""
        assignments = chosen("assignment", gradebook.assignments, "name", self.assignment)
        everybody = sorted(gradebook.students, key=lambda each: each.id)
        students = chosen("student", everybody, "id", self.student)
        if not assignments:
            raise AutogradeError("the gradebook has no assignment, so there is nothing to export")
        notes: list[str] = []
        if not self.assignment:
            assignments = with_source(self, assignments, notes)
        scores = [self.scores(gradebook, each, notes) for each in assignments]
        file = io.StringIO()
        lines = csv.writer(file, lineterminator="\n")
        lines.writerows(self.header(assignments))
        for student, line in self.lines(students, notes):
            mine = {student.id: points(0)} if self.zeros else {}
            lines.writerow(
                line + [{**mine, **each}.get(student.id, self.missing) for each in scores]
            )
        return file.getvalue(), notes

    def header(self, assignments: Sequence[Any]) -> list[list[str]]:
        """The lines before the first student."""
        raise NotImplementedError

    def lines(self, students: Sequence[Any], notes: list[str]) -> Iterator[tuple[Any, list[str]]]:
        """Each student who can be identified, with the cells before the scores."""
        raise NotImplementedError

    def title(self, assignment: Any) -> str:
        """What heads the column of an assignment."""
        return harmless(self.titles.get(assignment.name, assignment.name))

    def scores(self, gradebook: Gradebook, assignment: Any, notes: list[str]) -> dict[str, str]:
        """The scores in one assignment by student, with late penalties taken off."""
        settle(gradebook, self.config, assignment.name)
        submissions = gradebook.assignment_submissions(assignment.name)
        waiting = sum(
            each.needs_manual_grade and (not self.student or each.student.id in self.student)
            for each in submissions
        )
        if waiting:
            notes.append(
                f"{assignment.name}: {waiting} submission{'s wait' if waiting > 1 else ' waits'}"
                " for marks by hand; the scores are those so far"
            )
        return {
            each.student.id: points(max(0.0, each.score - (each.late_submission_penalty or 0.0)))
            for each in submissions
        }


def chosen(kind: str, all_of_them: Sequence[Any], key: str, wanted: Sequence[Any]) -> list[Any]:
    """Those of the gradebook that the filter names, or all.

    Raises
    ------
    AutogradeError
        If a name is nobody's: a file without its column would look complete.
    """
    names = [str(each) for each in wanted]
    known = [getattr(each, key) for each in all_of_them]
    if unknown := sorted(set(names) - set(known)):
        raise AutogradeError(
            f"the gradebook has no {kind} {' or '.join(unknown)};"
            f" it has {', '.join(sorted(known)) or 'none'}"
        )
    return [each for each in all_of_them if not names or getattr(each, key) in names]


def with_source(exporter: ExportPlugin, assignments: Sequence[Any], notes: list[str]) -> list[Any]:
    """Those that are still in ``solutions/``; a note on each that was taken back."""
    coursedir = getattr(exporter.parent, "coursedir", None)
    if coursedir is None:
        return list(assignments)
    kept = []
    for each in assignments:
        if Path(coursedir.format_path(coursedir.source_directory, ".", each.name)).is_dir():
            kept.append(each)
        else:
            notes.append(
                f"{each.name} was taken back from {coursedir.source_directory}/, and is not here;"
                " name it to have its grades"
            )
    return kept


def identified(
    students: Sequence[Any], keys: Sequence[str | None], what: str, notes: list[str]
) -> Iterator[tuple[Any, str]]:
    """Those students whose key can be written as it is and is theirs alone.

    The platform finds a person by this cell, so nothing in it may be changed, and a mistake in it
    gives the score to somebody else.
    """
    kept = [(key or "").strip() for key in keys]
    often = Counter(key.casefold() for key in kept)
    for student, key in zip(students, kept, strict=True):
        if not key:
            trouble = f"{student.id} has no {what} in the gradebook"
        elif often[key.casefold()] > 1:
            trouble = f"{student.id} has the same {what} as somebody else"
        elif key != harmless(key):
            trouble = f"the {what} of {student.id} would be run as a formula by a spreadsheet"
        else:
            yield student, key
            continue
        notes.append(f"left out: {trouble}")


def harmless(text: str | None) -> str:
    """`text` on one line, with an apostrophe in front where a spreadsheet would run it."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text or "").split())
    return f"'{line}" if line.startswith(FORMULA) else line


def points(score: float) -> str:
    """A score without needless zeros, never as 1e+02."""
    return f"{score:.{EXACT}f}".rstrip("0").rstrip(".")
