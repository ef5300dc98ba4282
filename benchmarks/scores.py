"""Whether two graders agree, cell by cell."""

from __future__ import annotations

from benchmarks.graders import Scores


def differences(theirs: Scores, ours: Scores) -> list[str]:
    """Return a sentence for every score that is not the same, among those graded by both."""
    found = []
    for student in sorted(theirs.keys() & ours.keys()):
        one, other = theirs[student], ours[student]
        for cell in sorted(one.keys() | other.keys()):
            if cell not in one or cell not in other:
                where = "theirs" if cell not in one else "ours"
                found.append(f"{student}: {cell} is missing in {where}")
            elif not same(one[cell], other[cell]):
                found.append(
                    f"{student}: {cell} has {shown(one[cell])} in theirs"
                    f" and {shown(other[cell])} in ours"
                )
    return found


def same(one: float | None, other: float | None) -> bool:
    """Tell whether two scores are equal; one that a person gives equals only another such."""
    if one is None or other is None:
        return one is other
    return abs(one - other) < 1e-9


def shown(score: float | None) -> str:
    """Return a score in words."""
    return "no score yet" if score is None else f"{score:g}"


def cells(theirs: Scores, ours: Scores) -> int:
    """Return how many scores there are to compare."""
    return sum(len(theirs[student]) for student in theirs.keys() & ours.keys())
