"""The parts of the pages in ``docs`` that are made of the course itself.

Each stands between two comments in its page; what is written around them is a person's.
"""

import re
from collections.abc import Callable
from pathlib import Path

from autograde.authoring import teaching
from autograde.base.errors import AutogradeError
from autograde.course.course import Course
from course_utils.checker import codes

TEACHING = Path("docs") / "teaching.md"
CHECKER = Path("docs") / "checker.md"

PAGES: dict[Path, Callable[[Course], dict[str, Callable[[], str]]]] = {
    TEACHING: teaching.parts,
    CHECKER: lambda course: {"codes": tables_of_codes},
}
"""What makes the parts of each page, by their names."""


def tables_of_codes() -> str:
    """Return a row for each code of a finding, what is alike in one table."""
    lines = []
    for heading, group in codes.GROUPS.items():
        lines += [f"### {heading}", "", "| code | what was found |", "|---|---|"]
        lines += [f"| `{name}` | {meaning} |" for name, meaning in group.items()] + [""]
    return "\n".join(lines).rstrip()


def fresh(course: Course, page: Path) -> str:
    """Return a page with every part made anew.

    Raises
    ------
    AutogradeError
        If it has not the place of each part exactly once.
    """
    text = (course.root / page).read_text(encoding="utf-8")
    for name, make in PAGES[page](course).items():
        pattern = re.compile(rf"(<!-- begin {name} -->\n).*?(<!-- end {name} -->)", re.DOTALL)
        if len(pattern.findall(text)) != 1:
            raise AutogradeError(
                f"{page} must have '<!-- begin {name} -->' and '<!-- end {name} -->' once each"
            )
        made = make()
        text = pattern.sub(lambda m, made=made: f"{m[1]}\n{made}\n\n{m[2]}", text)  # type: ignore[misc]
    return text
