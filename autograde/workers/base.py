"""What every kind of worker has in common."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from autograde.grading.pipeline import Outcome
from autograde.notebooks.submission import Submission

TRIES = 3
"""How often a submission is begun whose worker dies, before it is left ungraded."""


Tell = Callable[[Sequence[str]], None]
"""Is told whose submissions are being graded, whenever that changes."""


def tell_nobody(students: Sequence[str]) -> None:
    """Say nothing."""


class Workers(Protocol):
    """Whoever grades submissions."""

    def grade(self, submissions: Iterator[Submission]) -> Iterator[Outcome]:
        """Grade all of them, in any order, and take only a few ahead of time."""

    def close(self) -> None:
        """End what was started."""


def give_up(submission: Submission, why: str) -> Outcome:
    """The outcome of a submission that was begun in vain too often."""
    return Outcome(
        submission.student,
        code="infrastructure",
        problem=f"{why}, {TRIES} times; run the command again, and if that does not help, with"
        " --verbose and for this student alone",
    )
