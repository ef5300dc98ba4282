"""`progress`: which exercises are filled in, which are right, and their points."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

from course_utils.checks import AVAILABLE, examine_exercise, parts_right
from course_utils.exercises.leaving_no_trace import leaving_no_trace
from course_utils.exercises.registry import Exercise, registry
from course_utils.progress.points import NotebookPoints, read_points

NOT_FILLED_IN = "not filled in"
FILLED_IN = "filled in"
RIGHT = "right"
PART_RIGHT = "part right"
WRONG = "wrong"
NOT_TAKEN = "its cell was not taken"
DOES_NOT_LOAD = "saved answer does not load"
NOT_FINISHED = "the check did not finish"
WORTH_HANDING_IN = (FILLED_IN, RIGHT, PART_RIGHT)


@dataclass(frozen=True)
class Row:
    """One exercise: where it stands, and its points (None where they are not known)."""

    notebook: str
    number: str
    name: str
    state: str
    note: str = ""
    reached: float | None = None
    possible: float | None = None
    stub_in_file: bool = False
    """Whether the answer cell in the notebook file is still the stub."""
    broken_in_file: bool = False
    """Whether it is no Python."""

    def lines(self) -> list[str]:
        """Return the row as text, what is the matter on a line of its own."""
        head = f"  {self.number:<5} {self.name:<28} {_points(self):>9}  {self.state}"
        return [head, f"        {self.note}"] if self.note else [head]


@dataclass(frozen=True)
class Progress:
    """What `progress` found: prints as text, shows as a table in a notebook."""

    rows: tuple[Row, ...]
    by_hand: dict[str, tuple[float, ...]]
    """The points of each notebook's derivations, which a person grades."""
    checked: bool = True

    def __repr__(self) -> str:
        lines: list[str] = []
        for notebook in self._notebooks():
            lines += ["", notebook, *(each for row in self._of(notebook) for each in row.lines())]
            lines += [f"  {line}" for line in self.closing(notebook)]
        if len(self._notebooks()) > 1:
            lines += ["", *self.total()]
        return "\n".join(lines).lstrip("\n") or "There is no exercise to show."

    def _repr_html_(self) -> str:
        parts = []
        for notebook in self._notebooks():
            heads = "".join(
                f'<th scope="col" style="text-align:left">{head}</th>'
                for head in ("Exercise", "Name", "Points", "State")
            )
            body = "".join(
                f'<tr><th scope="row" style="text-align:left">{html.escape(row.number)}</th>'
                f'<td style="text-align:left"><code>{html.escape(row.name)}</code></td>'
                f'<td style="text-align:left">{_points(row)}</td>'
                f'<td style="text-align:left">{html.escape(row.state)}'
                f"{'<br>' + html.escape(row.note) if row.note else ''}</td></tr>"
                for row in self._of(notebook)
            )
            parts.append(
                f'<table><caption style="text-align:left">{html.escape(notebook)}</caption>'
                f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
                + "".join(f"<p>{html.escape(line)}</p>" for line in self.closing(notebook))
            )
        if len(self._notebooks()) > 1:
            parts += [f"<p><strong>{html.escape(line)}</strong></p>" for line in self.total()]
        return "".join(parts) or "<p>There is no exercise to show.</p>"

    def total(self) -> list[str]:
        """Return the lines that sum up all notebooks."""
        done = sum(row.state == RIGHT for row in self.rows)
        some = f"{done} of {len(self.rows)} exercises are right"
        if not self.checked:
            filled = sum(row.state == FILLED_IN for row in self.rows)
            return [f"{filled} of {len(self.rows)} exercises are filled in; not checked."]
        possible = sum(row.possible or 0.0 for row in self.rows)
        reached = sum(row.reached or 0.0 for row in self.rows)
        lines = [f"{some}: {reached:g} of {possible:g} points." if possible else f"{some}."]
        return lines + _graded_by_a_person(sum(self.by_hand.values(), ()))

    def _notebooks(self) -> list[str]:
        return sorted({row.notebook for row in self.rows})

    def _of(self, notebook: str) -> list[Row]:
        return [row for row in self.rows if row.notebook == notebook]

    def closing(self, notebook: str) -> list[str]:
        """Return the lines that sum up one notebook."""
        rows = self._of(notebook)
        lines = []
        possible = [row.possible for row in rows if row.possible is not None]
        if possible and self.checked:
            reached = sum(row.reached or 0.0 for row in rows)
            lines.append(f"{reached:g} of {sum(possible):g} points for the exercises.")
        lines += _graded_by_a_person(self.by_hand.get(notebook, ()))
        missing = [r.number for r in rows if r.stub_in_file and r.state in WORTH_HANDING_IN]
        if missing:
            still = "is still a stub" if len(missing) == 1 else "are still stubs"
            lines.append(
                f"In {notebook}.ipynb, as last saved, {', '.join(missing)} {still}. "
                "The notebook is what gets graded: write the answer there as well."
            )
        broken = [r.number for r in rows if r.broken_in_file and r.state in WORTH_HANDING_IN]
        if broken:
            lines.append(
                f"In {notebook}.ipynb, as last saved, {', '.join(broken)} has no points: its cell "
                "is no Python. The notebook is what gets graded, and not the answer from before."
            )
        return lines


def progress(notebook: str = "", *, check: bool = True) -> Progress:
    """Tell which exercises are filled in and right.

    Parameters
    ----------
    notebook : str, optional
        Only this one: its name or the beginning of it, such as ``"02"``.
    check : bool
        Whether to check what is filled in; False only lists it, as is done while a submission
        is graded.

    Returns
    -------
    Progress
        A table in a notebook, text elsewhere.

    Notes
    -----
    What counts here is the answer of this session, or the saved one. A submission is
    graded by its own cells: an answer that is saved but no longer in the notebook is
    right here and has no points there. Where a notebook's file has the stub in place of
    a good answer, a line below its table says so; where it has another answer, none does.

    Checking runs your code in this kernel. Where an answer never ends, interrupt the
    kernel; ``python3 course.py progress`` in a terminal goes on by itself.
    """
    slots = chosen(notebook)
    points = points_of(slots)
    check = check and AVAILABLE
    row = row_of if check else listed
    rows = tuple(row(slot, points[slot.notebook]) for slot in slots)
    return Progress(rows, {name: tuple(p.by_hand) for name, p in points.items()}, check)


def chosen(notebook: str) -> list[Exercise]:
    """Return the exercises of the notebooks whose names begin with `notebook`, in order.

    Raises
    ------
    ValueError
        If there is no such notebook.
    """
    slots = [slot for slot in registry.values() if slot.notebook.startswith(notebook)]
    if not slots:
        known = ", ".join(sorted({slot.notebook for slot in registry.values()}))
        raise ValueError(f"there is no notebook {notebook!r}; there are {known}")
    return sorted(slots, key=lambda slot: slot.order)


def points_of(slots: Sequence[Exercise]) -> dict[str, NotebookPoints]:
    """Return the points of every notebook that one of `slots` is in."""
    return {name: read_points(name) for name in dict.fromkeys(slot.notebook for slot in slots)}


def listed(slot: Exercise, points: NotebookPoints) -> Row:
    """Tell whether one exercise is filled in, without checking it."""
    if slot.load_error:
        return make_row(slot, points, DOES_NOT_LOAD, slot.load_error)
    if slot.implementation is None:
        return make_row(slot, points, NOT_FILLED_IN, slot.refused)
    if slot.refused:  # an answer of before is not what stands in the cell
        return make_row(slot, points, NOT_TAKEN, slot.refused)
    return make_row(slot, points, FILLED_IN)


def make_row(
    slot: Exercise,
    points: NotebookPoints,
    state: str,
    note: str = "",
    reached: float | None = None,
) -> Row:
    """Return the row of `slot`; what was not reached is None if points are not known."""
    parts = points.exercises.get(slot.name)
    possible = sum(parts.values()) if parts else None
    shown = reached if possible is not None else None
    in_file = slot.name in points.stubs, slot.name in points.broken
    return Row(slot.notebook, slot.number, slot.name, state, note, shown, possible, *in_file)


def row_of(slot: Exercise, points: NotebookPoints) -> Row:
    """Check one exercise, with the scoring of `check` and `score`; never raise."""
    without_check = listed(slot, points)
    if without_check.state != FILLED_IN:
        return make_row(slot, points, without_check.state, without_check.note, 0.0)
    try:
        with leaving_no_trace():
            # A cell that was reset in this session does not undo the saved answer shown here.
            stub, slot.stub_in_notebook = slot.stub_in_notebook, False
            try:
                reports = examine_exercise(slot, None)
                right = parts_right(slot, reports)
            finally:
                slot.stub_in_notebook = stub
    except (Exception, SystemExit) as error:  # whatever an answer does, the table is shown
        return make_row(slot, points, WRONG, f"{type(error).__name__}: {error}", 0.0)
    failed = [report for report in reports.values() if not report.passed]
    parts = points.exercises.get(slot.name, {})
    if not failed:
        return make_row(slot, points, RIGHT, "", sum(parts.values()))
    finding = failed[0].findings[0] if failed[0].findings else None
    note = f"{finding.code}: {finding.headline}" if finding else ""
    reached = sum(value for part, value in parts.items() if right.get(part, False))
    return make_row(slot, points, PART_RIGHT if reached else WRONG, note, reached)


def _graded_by_a_person(points: Sequence[float]) -> list[str]:
    if not points:
        return []
    some = "1 derivation" if len(points) == 1 else f"{len(points)} derivations"
    return [f"{some} by hand, {sum(points):g} points: graded by a person."]


def _points(row: Row) -> str:
    if row.possible is None:
        return "–"
    if row.reached is None:
        return f"{row.possible:g}"
    return f"{row.reached:g} of {row.possible:g}"
