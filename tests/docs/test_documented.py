"""Every command in the documentation is one that there is."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from autograde.cli import parser
from autograde.course.course import ROOT, Course

PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))]


MENTIONED = {"grade", "link", "exercise NAME"}
"""Named in a sentence, without what they need."""

DONE_ELSEWHERE = {"own_exercise.md"}
"""The commands on this page are given, one after the other, by tests/autograde/authoring."""


def commands() -> list[tuple[str, str]]:
    """(page, what comes after ``python -m autograde``), in code and in lines of code."""
    found = []
    for page in (each for each in PAGES if each.name not in DONE_ELSEWHERE):
        text = page.read_text(encoding="utf-8").replace("\\\n", " ")
        lines = re.findall(r"python -m autograde ([^`\n]+)", text)
        found += [(page.name, line.strip()) for line in lines if line.strip() not in MENTIONED]
    return found


def test_there_are_some():
    assert {page for page, _ in commands()} >= {"README.md", "grading.md", "hub.md", "lms.md"}


@pytest.mark.parametrize(("page", "line"), sorted(set(commands())))
def test_a_documented_command_is_understood(page, line):
    words = shlex.split(line)
    if words[-1] == "...":
        words.pop()
    args = parser().parse_args(words)
    names = [getattr(args, "assignment", None), getattr(args, "name", None)]
    for name in (*names, *(getattr(args, "names", None) or [])):
        if name is not None:
            assert Course(Path(ROOT)).assignment(name) == name
