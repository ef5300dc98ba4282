"""What became of one submission, as the command tells it."""

from dataclasses import asdict, dataclass, field
from typing import Any

GRADED = "graded"
KEPT = "kept"
NOT_GRADED = "not graded"


@dataclass
class CellScore:
    """One graded cell of one submission."""

    auto_score: float | None
    manual_score: float | None
    score: float
    max_score: float
    by_hand: bool
    """Whether a person marks it."""


@dataclass
class Result:
    """What became of one submission."""

    student: str
    status: str
    score: float | None = None
    max_score: float | None = None
    auto_score: float | None = None
    max_auto_score: float | None = None
    dated: bool = True
    """Whether it is known if it is late: without a deadline nothing is."""
    seconds_late: float = 0.0
    needs_manual: list[str] = field(default_factory=list)
    """The grade_ids of the cells that wait for a person."""
    cells: dict[str, CellScore] = field(default_factory=dict)
    """Every graded cell, by grade_id."""
    verdicts: dict[str, dict[str, str]] = field(default_factory=dict)
    """Of each test, by grade_id: its verdict, the code of the mistake, and what was said of it."""
    notes: list[str] = field(default_factory=list)
    code: str = ""
    problem: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Everything, for the JSON report."""
        return asdict(self)

    def add_up(self) -> "Result":
        """Fill in the sums over the cells."""
        tests = [each for each in self.cells.values() if not each.by_hand]
        self.auto_score = sum(each.score for each in tests)
        self.max_auto_score = sum(each.max_score for each in tests)
        return self
