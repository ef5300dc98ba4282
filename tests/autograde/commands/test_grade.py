"""Whoever waits reads who is being graded, and how long that may take."""

from __future__ import annotations

from types import SimpleNamespace

from traitlets.config import Config

from autograde.base.budget import OVERTIME, at_most, seconds_of
from autograde.commands.grade import Progress
from autograde.workers import in_process
from autograde.workers.in_process import Here


def test_lines_say_each_once(capsys):
    progress = Progress(SimpleNamespace(disable=True), "16 minutes")
    for students in (["ana", "ben"], ["ben", "c\nd"]):
        progress.tell(students)
    assert capsys.readouterr().out.splitlines() == [
        f"  {student} is being graded, which takes at most 16 minutes"
        for student in ("ana", "ben", "c\\nd")
    ]


def test_a_bar_says_who_is_now():
    said = []
    progress = Progress(SimpleNamespace(disable=False, set_postfix_str=said.append), "2 minutes")
    progress.tell(["ana", "ben"])
    progress.tell(["x" * 100])
    assert said == [
        "ana, ben: at most 2 minutes each",
        f"{'x' * 36} ...: at most 2 minutes each",
    ]


def test_who_is_said_when_it_is_their_turn(monkeypatch):
    told = []
    monkeypatch.setattr(
        in_process, "Pipeline", lambda *_: SimpleNamespace(grade=lambda each: told.append("done"))
    )
    hands = Here(None, None, told.extend)
    list(hands.grade(SimpleNamespace(student=name) for name in ("ana", "ben")))
    assert told == ["ana", "done", "ben", "done"]


def test_what_is_said_is_what_the_settings_say():
    assert at_most(seconds_of(Config())) == "16 minutes"
    assert at_most(seconds_of(Config(Examine={"seconds": 100 - OVERTIME}))) == "2 minutes"
    assert at_most(60 - OVERTIME) == "1 minute"
