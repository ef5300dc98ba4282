"""The class that is graded, what is counted, and the command around it."""

import copy
import json
import os
import sys
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograde.course.course import ROOT, Course
from autograde.jail import jail
from autograde.notebooks.notebook import write
from autograde.notebooks.original import grade_id_of
from autograde.release.release import build
from benchmarks import classes, graders, grading, meter, notebooks, otter_files, plain, scores

NAME = "00_tiny"
CONFIG = """\
from pathlib import Path

from autograde.course.config import configure

c = get_config()
configure(c, Path(__file__).resolve().parent)
"""
NBGRADERS_OWN = [
    pytest.mark.filterwarnings(
        r"ignore::DeprecationWarning:(nbgrader|nbconvert|nbclient|jupyter_client|traitlets)\b"
    ),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
"""nbgrader forgets to close files, and uses what newer Pythons deprecate."""


def marked(grade_id, **more):
    flags = {"grade": False, "solution": False, "locked": False, "task": False}
    return {"nbgrader": {**flags, "grade_id": grade_id, "schema_version": 3, **more}}


def source():
    answer = (
        "def double(x):\n    ### BEGIN SOLUTION\n    scale = 2\n    return scale * x\n"
        "    ### END SOLUTION"
    )
    test = "reached = float(double(1) == 2) + float(double(3) == 6)\nreached"
    why = "### BEGIN SOLUTION\nBecause.\n\n**Rubric** (1 point)\n### END SOLUTION"
    return new_notebook(
        cells=[
            new_markdown_cell("# Tiny", id="title"),
            new_code_cell("import numpy as np", id="imports"),
            new_code_cell(answer, id="double", metadata=marked("double", solution=True)),
            new_code_cell(
                test,
                id="double-test",
                metadata=marked("double-test", grade=True, locked=True, points=2),
            ),
            new_markdown_cell(
                why, id="why", metadata=marked("why", grade=True, solution=True, points=1)
            ),
        ],
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        },
    )


WRONG = {
    "double": (
        "def double(x):\n    return 2",
        "def double(x):\n    return x",
        "def double(x):\n    raise ValueError(x)",
    )
}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A course with one tiny assignment."""
    root = tmp_path_factory.mktemp("tiny") / "course"
    (root / "solutions" / NAME).mkdir(parents=True)
    (root / "autograde").mkdir()
    (root / "nbgrader_config.py").write_text(CONFIG)
    write(source(), root / "solutions" / NAME / f"{NAME}.ipynb")
    assert list(build(Course(root), [NAME])) == [(NAME, True)]
    return root


@pytest.fixture(scope="module")
def tiny(root):
    return classes.assignment(root, NAME, WRONG)


@pytest.fixture(scope="module")
def matrix_form():
    return classes.assignment(ROOT, "05_matrix_form")


def test_equal_seeds_give_equal_classes(matrix_form):
    one, other = (list(classes.make(matrix_form, 12, seed=3)) for _ in range(2))
    assert one == other
    assert one != list(classes.make(matrix_form, 12, seed=4))


def test_a_longer_class_begins_with_the_shorter_one(matrix_form):
    assert list(classes.make(matrix_form, 9))[:5] == list(classes.make(matrix_form, 5))


def test_a_class_begins_with_every_kind(matrix_form):
    group = list(classes.make(matrix_form, 4))
    assert {each.kind for each in group} == set(classes.SHARES)
    assert [bool(each.mistakes) for each in group] == [each.kind == "mistaken" for each in group]


def test_every_known_mistake_is_made_before_any_comes_again(matrix_form):
    known = {f"{key}/{k}" for key, found in matrix_form.wrong.items() for k in range(len(found))}
    made = [label for each in classes.make(matrix_form, 60) for label in each.mistakes]
    assert len(known) > 30
    assert set(made[: len(known)]) == known


def test_mistakes_go_where_they_belong(matrix_form):
    assert set(matrix_form.wrong) == {
        name for name in matrix_form.answers if name.startswith("ex-") and "answer" in name
    }
    for key, found in matrix_form.wrong.items():
        target = classes.filled_in(matrix_form.answers[key])
        assert {classes.filled_in(text) for text in found} == {target}


def test_who_leaves_it_untouched_hands_in_the_release(tiny):
    untouched = next(each for each in classes.make(tiny, 3) if each.kind == "untouched")
    assert untouched.notebook == tiny.released


def test_who_chats_keeps_all_released_cells(tiny):
    chatty = next(each for each in classes.make(tiny, 4) if each.kind == "chatty").notebook
    assert len(chatty.cells) > len(tiny.released.cells)
    ids = [cell.id for cell in chatty.cells]
    assert [each for each in ids if not each.startswith("own-")] == [
        cell.id for cell in tiny.released.cells
    ]
    assert len(set(ids)) == len(ids)


def test_a_changed_score_is_noticed():
    theirs = {"s1": {"a": 2.0, "b": None}, "s2": {"a": 0.0, "b": None}}
    assert scores.differences(theirs, copy.deepcopy(theirs)) == []
    assert scores.cells(theirs, theirs) == 4
    for changed, said in (
        ({"a": 1.5, "b": None}, "s1: a has 2 in theirs and 1.5 in ours"),
        ({"a": 2.0, "b": 0.0}, "s1: b has no score yet in theirs and 0 in ours"),
        ({"a": 2.0}, "s1: b is missing in ours"),
    ):
        assert scores.differences(theirs, {"s1": changed, "s2": theirs["s2"]}) == [said]


def test_only_what_both_graded_is_compared():
    assert scores.differences({"s1": {"a": 2.0}}, {"s2": {"a": 1.0}}) == []
    assert scores.cells({"s1": {"a": 2.0}}, {"s2": {"a": 1.0}}) == 0


BURN = "import time\nwhile time.process_time() < 0.2: pass\n"
PARENT = f"""
import os, subprocess, sys
subprocess.run([sys.executable, "-c", {BURN!r}], check=True)
print("one", flush=True)
subprocess.run([sys.executable, "-c", {BURN!r}], check=True)
print("two", flush=True)
sys.exit(3)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")
@pytest.mark.parametrize("grouped", [True, False])
def test_the_time_of_descendants_is_counted(grouped, tmp_path, monkeypatch):
    if not grouped:
        monkeypatch.setattr(meter.control_group, "make", lambda: None)
    usage = meter.run([sys.executable, "-c", PARENT], tmp_path, os.environ, "^(one|two)$")
    assert usage.code == 3
    assert usage.output == "one\ntwo\n"
    assert usage.waited >= 0.4
    assert usage.cpu >= 0.4 * 0.9
    assert len(usage.marks) == 2
    assert usage.marks[1] - usage.marks[0] >= 0.2 * 0.9


def test_plain_grading_puts_the_tests_back(tiny):
    handed_in = copy.deepcopy(tiny.released)
    for cell in handed_in.cells:
        if grade_id_of(cell) == "double-test":
            cell.source = "2.0"
    plain.restore(handed_in, tiny.released)
    assert handed_in == tiny.released


def test_tests_become_otters(tiny, tmp_path):
    otter_files.write_tests(tiny.released, tmp_path / "tests")
    (path,) = (tmp_path / "tests").iterdir()
    assert path.name == "double-test.py"
    assert "assert value is None or float(value) == 2.0" in path.read_text()
    cells = otter_files.for_otter(tiny.released).cells
    assert "otter.Notebook()" in cells[0].source
    assert [cell.source for cell in cells if "grader.check" in cell.source] == [
        "grader.check('double-test')"
    ]


KEYS = {
    "quick",
    "assignment",
    "seed",
    "class_size",
    "submissions",
    "cpu_ratio_scores",
    "cpu_ratio_scores_marginal",
    "cpu_ratio_scores_to_plain",
    "cpu_ratio_feedback",
    "cpu_ratio_feedback_marginal",
    "cpu_ratio_plain",
    "scores_equal",
    "scores_compared",
    "differences",
    "plain_differences",
    "cpu_complete",
    "scaling",
    "workers",
    "skipped",
    "raw",
}


class TestWithoutGrading:
    """What needs no grader to run."""

    def test_an_unknown_assignment_is_one_sentence_and_exit_2(self, capsys, monkeypatch):
        monkeypatch.setattr(grading, "require", lambda: None)
        assert grading.main(["--assignment", "no_such", "--json"]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert "there is no assignment no_such" in captured.err
        assert len(captured.err.splitlines()) == 1

    def test_no_jail_is_said(self, capsys, monkeypatch):
        def none():
            raise jail.NoJail("there is none")

        monkeypatch.setattr(grading, "require", none)
        assert grading.main(["--json"]) == 2
        assert "there is none" in capsys.readouterr().err


@pytest.fixture
def graded(root, tiny, monkeypatch, capsys):
    """``graded(*arguments)``: the exit status and what was printed for the tiny assignment."""
    why = jail.missing()
    if why:
        pytest.skip(f"no jail on this machine: {why}")
    sizes = grading.Sizes(
        stock=2, plain=1, otter=1, few=1, many=2, few_feedback=1, feedback=2, scale=(2,)
    )
    monkeypatch.setattr(grading, "FULL", sizes)
    monkeypatch.setattr(classes, "of_this_course", lambda *given: WRONG)
    before = dict(os.environ)

    def run(*arguments):
        status = grading.main(["--root", str(root), "--assignment", NAME, *arguments])
        return status, capsys.readouterr().out

    yield run
    os.environ.clear()
    os.environ.update(before)


class TestGrading:
    """All graders on a class of two."""

    pytestmark = NBGRADERS_OWN

    @pytest.mark.thorough
    def test_the_last_line_is_json(self, graded):
        status, out = graded("--json")
        told = json.loads(out.splitlines()[-1])
        assert told.keys() >= KEYS
        assert told["scores_equal"], told["differences"]
        assert status == 0
        assert told["plain_differences"] == []
        assert told["scores_compared"] == {"scores": 4, "feedback": 4}
        assert told["class_size"] == 2
        assert [each["submissions"] for each in told["scaling"]] == [2]
        assert told["cpu_ratio_scores"] > 0
        assert not list(Path("/sys/fs/cgroup").glob(f"**/grading-benchmark-{os.getpid()}-*"))


def found(**changed):
    """What `measure` returns, made up."""
    graded = {"s1": {"a": 1.0}}
    used = meter.Usage(waited=2.0, group=2.0, wall=2.0)
    runs = {
        name: grading.graders.Run(2, copy.copy(used), graded, [0.5])
        for name in ("stock", "few", "many", "few_feedback", "feedback", "plain")
    }
    runs["few"].size = runs["few_feedback"].size = 1
    runs["few"].usage.group = runs["few_feedback"].usage.group = 1.5
    runs["many"].usage.group = 2.5
    made = grading.Measured(**runs, otter="No otter here.", scaling=grading.scaling.Scaling())
    for name, value in changed.items():
        getattr(made, name).scores = value
    return made


def test_different_scores_are_told_by_name(capsys):
    told = grading.as_json(found(many={"s1": {"a": 0.5}}), NAME, 0)
    assert not told["scores_equal"]
    assert told["differences"] == ["scores: s1: a has 1 in theirs and 0.5 in ours"]
    grading.show(told)
    out = capsys.readouterr().out
    assert "DIFFERENT SCORE, scores: s1: a has 1 in theirs and 0.5 in ours" in out
    assert "No otter here." in out


def test_ratios_are_stocks_cost_by_ours():
    told = grading.as_json(found(), NAME, 0)
    assert told["scores_equal"]
    assert told["cpu_ratio_scores"] == pytest.approx(1.0 / 1.25)
    assert told["cpu_ratio_feedback"] == pytest.approx(1.0)
    assert told["cpu_ratio_scores_marginal"] == pytest.approx(0.5 / 1.0)
    assert told["cpu_ratio_feedback_marginal"] == pytest.approx(0.5 / 0.5)


def test_one_more_is_left_out_where_it_was_not_measured():
    made = found()
    made.few_feedback = None
    told = grading.as_json(made, NAME, 0)
    assert "cpu_ratio_feedback_marginal" not in told
    assert "this course, for feedback" in grading.as_table(told)


def test_time_that_wait4_does_not_see_is_told():
    made = found()
    made.many.usage.waited = 1.0
    told = grading.complete(made)
    assert not told["complete"]
    assert told["lost_by_wait4"]["scores"] == pytest.approx(0.6)
    assert told["counted_by"] == "control group"


def test_a_class_is_made_as_large_as_there_is_time():
    earlier = grading.graders.Run(5, meter.Usage(group=5.0, wall=5.0), {})
    assert grading.fitting(earlier, 100, float("inf"), 0.03) == 100
    assert grading.fitting(earlier, 100, 11.0, 0.03) == 40
    assert grading.fitting(earlier, 100, 500.0, 0.03) == 100
    assert grading.fitting(earlier, 100, 0.0, 0.03) == grading.LEAST


@pytest.fixture
def all_graded(root, monkeypatch, capsys):
    """``all_graded(*arguments)``: what ``--all`` prints if nbgrader takes 10 s for a submission."""

    def ours(bench, group, *, outputs):
        cpu = 40.0 + len(group) * (2.0 if outputs else 0.2)
        given = {"s1": {"a": 1.0, "b": 0.5 if outputs else 1.0}}
        return graders.Run(len(group), meter.Usage(group=cpu, wall=4.0), given)

    stock = graders.Run(2, meter.Usage(group=21.0), {"s1": {"a": 1.0, "b": 1.0}}, [10.0])
    monkeypatch.setattr(grading, "require", lambda: None)
    monkeypatch.setattr(classes, "of_this_course", lambda *given: WRONG)
    monkeypatch.setattr(graders.Bench, "prepare", lambda bench: None)
    monkeypatch.setattr(graders, "stock", lambda bench, group: stock)
    monkeypatch.setattr(graders, "ours", ours)

    def run(*arguments):
        status = grading.main(["--all", "--root", str(root), *arguments])
        return status, capsys.readouterr().out

    return run


def test_every_notebook_has_its_own_figures(all_graded):
    status, out = all_graded("--json")
    told = json.loads(out.splitlines()[-1])
    assert set(told["notebooks"]) == {NAME}
    here = told["notebooks"][NAME]
    assert here["scores"]["cpu_ratio"] == pytest.approx((10.0 + 1.0 / 200) / (0.2 + 40.0 / 200))
    assert here["scores"]["cpu_ratio_marginal"] == pytest.approx(50.0)
    assert here["feedback"]["cpu_ratio_marginal"] == pytest.approx(5.0)
    assert told["feedback"]["slowest"] == here["feedback"]["cpu_ratio"]
    assert here["scores"]["submissions"][0] == notebooks.FEW < here["scores"]["submissions"][1]
    assert (status, told["scores_equal"]) == (1, False)
    assert told["differences"] == [f"{NAME}, feedback: s1: b has 1 in theirs and 0.5 in ours"]


def test_the_table_has_a_line_for_every_notebook(all_graded):
    lines = all_graded()[1].splitlines()
    (line,) = (each for each in lines if each.startswith(NAME))
    assert line.split()[1:] == ["25.0", "(50.0)", "4.5", "(5.0)", "no"]
    assert lines[-1].startswith("DIFFERENT SCORE")
