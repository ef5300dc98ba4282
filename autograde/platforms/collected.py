"""What is kept of an assignment's collecting: under which names the platform knows each student."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from autograde.base.errors import AutogradeError
from autograde.base.writing import write_whole
from autograde.course.course import Course


@dataclass(frozen=True)
class Collected:
    """One student's submission, as it was when it was collected."""

    platform: str
    label: str
    """What the platform puts before the names of the student's files."""
    flat: bool
    """Whether the label is the beginning of a file's name, and not a folder."""
    order: int
    seen: float
    late: bool
    dated: bool
    """Whether the platform said when it was handed in."""


def place(course: Course, assignment: str) -> Path:
    """Where it is kept."""
    return course.root / "autograde" / "collected" / f"{assignment}.json"


def read_collected(course: Course, assignment: str) -> dict[str, Collected]:
    """By student; empty if nothing was collected from a platform."""
    path = place(course, assignment)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {student: Collected(**fields) for student, fields in content.items()}
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, AttributeError) as error:
        raise AutogradeError(
            f"{path} cannot be read ({error}); remove it, and collect the newest download again"
        ) from None


def write_collected(course: Course, assignment: str, collected: Mapping[str, Collected]) -> None:
    """Write it, in one step."""
    path = place(course, assignment)
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {student: asdict(each) for student, each in sorted(collected.items())}
    write_whole(path, json.dumps(content, indent=1) + "\n")
