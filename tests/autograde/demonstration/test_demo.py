"""The whole round trip, through nbgrader's real exchange, on the small assignment."""

from __future__ import annotations

import csv
import sys

import pytest

from autograde.base.errors import AutogradeError
from autograde.cli import main
from autograde.demonstration import demo
from autograde.demonstration.demo_mistakes import Mistake
from autograde.workers.run import scores

NAME = "00_fixture"
MISTAKES = (
    Mistake(
        NAME,
        "double",
        "def double(x):\n    return x",
        "double-test",
        2.0,
        "double is wrong by a constant",
    ),
    Mistake(
        NAME,
        "halves",
        "def halves(x):\n    return [x / 2, x / 3]",
        "halves-test",
        2.0,
        "halves has a wrong entry",
    ),
)
EXPECTED = {"good": (5.0, 9.0), "mistaken": (1.0, 5.0), "untouched": (0.0, 0.0)}
WAYS = [
    pytest.param([], marks=pytest.mark.skipif(sys.platform == "win32", reason="no exchange")),
    ["--no-exchange"],
]


@pytest.mark.parametrize("way", WAYS, ids=["exchange", "files"])
def test_a_class_from_solutions_to_feedback(course, way, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("autograde.commands.demo.MISTAKES", MISTAKES)
    folder = tmp_path / "class"
    arguments = ["--root", str(course.root), "demo", "--dir", str(folder), *way]

    assert main(arguments) == 0

    printed = capsys.readouterr().out
    assert "WRONG" not in printed
    assert "Checked: the good student has full marks" in printed
    for student, (tests, total) in EXPECTED.items():
        (line,) = [line for line in printed.splitlines() if line.startswith(student)]
        assert f"{tests:g} / 5" in line
        assert line.endswith(f"{total:g} / 9")
    with (folder / "grades.csv").open() as file:
        exported = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert exported == {student: total for student, (_, total) in EXPECTED.items()}
    pages = sorted(folder.glob("course/autograde/feedback/*/*/*.html"))
    assert len(pages) == 3
    assert all(str(page) in printed for page in pages)
    fetched = list(folder.glob("students/*/*/feedback/*/*.html"))
    assert len(fetched) == (0 if way else 3)

    if not way:
        the_check_is_sharp(folder)


def the_check_is_sharp(folder):
    """Change one score at a time in the gradebook: the demo's own check must see each."""
    group = demo.Class(folder, demo.Course(folder / "course"), MISTAKES, True, print)

    def wrong():
        return list(
            demo.verify(
                group, {(each, NAME): scores(group.course, NAME, each) for each in EXPECTED}
            )
        )

    assert wrong() == []
    for student, cell, score in [
        ("good", "double-test", 1.0),
        ("good", "why", 3.5),
        ("mistaken", "halves-test", 3.0),
        ("mistaken", "double-test", 1.0),
        ("untouched", "halves-test", 0.5),
    ]:
        with group.course.gradebook() as gradebook:
            grade = gradebook.find_grade(cell, NAME, NAME, student)
            before, grade.manual_score = grade.manual_score, score
            gradebook.db.commit()
        (sentence,) = wrong()
        assert f"{student} has {score:g} of" in sentence
        assert f"'{cell}'" in sentence
        with group.course.gradebook() as gradebook:
            gradebook.find_grade(cell, NAME, NAME, student).manual_score = before
            gradebook.db.commit()
    for page in (demo.feedback_page, demo.fetched_page):
        path = page(group, "mistaken", NAME)
        text = path.read_text()
        path.write_text(text.replace("wrong by a constant", "wrong"))
        assert [line for line in wrong() if "does not say 'double is wrong by a constant'" in line]
        path.write_text(text)
    demo.feedback_page(group, "good", NAME).unlink()
    assert any("good has no feedback page" in line for line in wrong())


def test_another_folder_is_not_emptied(course, tmp_path, capsys):
    precious = tmp_path / "thesis"
    precious.mkdir()
    (precious / "thesis.tex").write_text("x")
    status = main(["--root", str(course.root), "demo", "--dir", str(precious)])
    assert status == 2
    assert "is not empty and no earlier demo" in capsys.readouterr().err
    assert (precious / "thesis.tex").exists()


def test_a_mistake_in_no_cell_is_told(course, tmp_path):
    mistakes = [Mistake(NAME, "triple", "", "double-test", 1.0, "")]
    with pytest.raises(AutogradeError, match="mistake in 'triple', but 00_fixture has no such"):
        demo.run(course.solutions, tmp_path / "class", mistakes, print, exchange=False)


def test_no_mistakes_prove_nothing(course):
    group = demo.Class(course.root, course, (), False, print)
    assert list(demo.verify(group, {})) == [
        "demo_mistakes.py is empty, so nothing shows that a mistake costs its points"
    ]


def test_wrong_scores_are_an_error(course, monkeypatch, capsys, tmp_path):
    group = demo.Class(tmp_path, course, (), False, print)
    monkeypatch.setattr(demo, "run", lambda *args, **options: (group, {}))
    assert main(["--root", str(course.root), "demo"]) == 1
    assert "WRONG: demo_mistakes.py is empty" in capsys.readouterr().out


def test_stopping_it_leaves_no_traceback(course, monkeypatch, capsys):
    def stop(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "run", stop)
    assert main(["--root", str(course.root), "demo"]) == 130
    assert capsys.readouterr().err == "autograde demo: stopped; what was done is kept\n"
