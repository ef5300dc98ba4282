from __future__ import annotations

import shutil

import pytest

from autograde.base.errors import AutogradeError
from autograde.cli import main
from autograde.course.course import Course
from autograde.course.nbgrader import nbgrader
from autograde.notebooks.notebook import read, write

NAME = "00_fixture"


@pytest.fixture
def command(course, capsys):
    """``command("build", ...)``: the exit status and all that was printed."""

    def run(*arguments):
        status = main(["--root", str(course.root), *map(str, arguments)])
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    return run


def test_a_fresh_build_changes_nothing(course, command):
    path = course.notebooks / NAME / f"{NAME}.ipynb"
    before = path.read_bytes()
    assert command("build", "--check") == (0, "1 assignments are up to date\n")
    assert command("build") == (0, f"notebooks/{NAME}: up to date\n")
    path.unlink()
    status, said = command("build", "--check")
    assert (status, f"{NAME}.ipynb is missing" in said) == (1, True)
    assert command("build", NAME) == (0, f"notebooks/{NAME}: written\n")
    assert path.read_bytes() == before
    assert before.endswith(b"}\n")
    assert b"\r" not in before


def test_nbgraders_own_command_writes_the_same_bytes(course, tmp_path):
    path = course.notebooks / NAME / f"{NAME}.ipynb"
    before = path.read_bytes()
    path.unlink()
    nbgrader("generate_assignment", NAME, "--force", folder=course.root, environment={})
    assert path.read_bytes() == before


DIFFERENCES = [
    (lambda nb: nb.cells.pop(0), "differs from line"),
    (lambda nb: nb.metadata.kernelspec.update(name="mine"), "differs from line"),
    (lambda nb: nb.cells[0].update(source="# Fixed"), "differs from line"),
]


@pytest.mark.parametrize(("edit", "said"), DIFFERENCES)
def test_an_edited_release_is_noticed(course, command, edit, said):
    path = course.notebooks / NAME / f"{NAME}.ipynb"
    nb = read(path)
    edit(nb)
    write(nb, path)
    status, printed = command("build", "--check")
    assert status == 1
    assert f"notebooks/{NAME}: {NAME}.ipynb {said}" in printed


def test_a_release_without_a_source_is_noticed(course, command):
    (course.notebooks / "99_old").mkdir()
    write(read(course.notebooks / NAME / f"{NAME}.ipynb"), course.notebooks / "99_old" / "a.ipynb")
    status, said = command("build", "--check")
    assert (status, "notebooks/99_old: it has no source" in said) == (1, True)


def test_line_ends_that_git_changed_are_no_difference(course, command):
    path = course.notebooks / NAME / f"{NAME}.ipynb"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert command("build", "--check")[0] == 0


def test_somebodys_work_is_not_overwritten(course, command, solved):
    path = course.notebooks / NAME / f"{NAME}.ipynb"
    write(solved, path)
    status, said = command("build")
    assert (status, "is filled in (cell 'double')" in said) == (2, True)
    assert read(path) == solved
    assert command("build", "--force")[0] == 0


# what is wrong with the source -> what is said; nothing is released
FAULTS = [
    (lambda nb: nb.cells[2].update(source="def double(x):\n    return 2 * x"), "'double' has no"),
    (
        lambda nb: nb.cells[2].metadata.nbgrader.update(grade_id="halves"),
        "2 cells have the grade_id 'halves'",
    ),
    (
        lambda nb: nb.cells[0].update(
            source="math.sqrt(4.0) + math.cos(0.0) - 1.0",
            cell_type="code",
            outputs=[],
            execution_count=None,
        ),
        "CLEAN",
    ),
    (
        lambda nb: nb.cells[1].update(source="### BEGIN SOLUTION\n1\n### END SOLUTION"),
        "non-solution",
    ),
    (lambda nb: nb.cells[1].update(id="title"), "the id 'title' of another cell"),
]


@pytest.mark.parametrize(("fault", "said"), FAULTS)
@pytest.mark.filterwarnings("ignore::nbformat.warnings.DuplicateCellId")
def test_a_faulty_source_is_not_released(course, command, source, fault, said):
    path = course.notebooks / NAME / f"{NAME}.ipynb"
    before = path.read_bytes()
    fault(source)
    write_raw(source, course.solutions / NAME / f"{NAME}.ipynb")
    status, printed = command("build")
    if said == "CLEAN":  # what the author shows students elsewhere gives nothing away
        assert status == 0
        return
    assert status == 2
    assert said in printed
    assert path.read_bytes() == before


def write_raw(nb, path):
    import json

    path.write_text(json.dumps(nb))


def test_a_cell_without_an_id_is_refused(course, command, source):
    del source.cells[1]["id"]
    write_raw(source, course.solutions / NAME / f"{NAME}.ipynb")
    status, said = command("build")
    assert (status, "cell 1 has no id" in said) == (2, True)


def test_solutions_in_other_files_are_refused(course, command):
    (course.solutions / NAME / "helper.py").write_text("### BEGIN SOLUTION\nx = 1\n")
    status, said = command("build")
    assert (status, "helper.py must not be released" in said) == (2, True)
    assert not (course.notebooks / NAME / "helper.py").exists()


BESIDE = [  # (a file, what is in it, what the derivation's answer says then, what is said; or None)
    ("trick.py", "y = math.sqrt(4.0) + math.cos(0.0) - 1.0\n", "", "trick.py holds solution text"),
    ("notes.md", "Doubling is linear, and the slope of a linear function is the same everywhere.",
     "", "notes.md holds solution text"),
    ("pictures/slope.png", "", "![](pictures/slope.png)\n", "slope.png is named by a solution"),
    ("slope.csv", "1,2\n", "", None),
    ("math.py", "y = math.sqrt(4.0)\n", "", None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "answer", "said"), BESIDE)
@pytest.mark.parametrize("how", ["build", "nbgrader"])
def test_a_file_beside_gives_no_answer_away(course, command, source, how, name, text, answer, said):
    path = course.solutions / NAME / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    why = source.cells[-1]
    why.source = why.source.replace("**Rubric**", f"{answer}**Rubric**")
    write_raw(source, course.solutions / NAME / f"{NAME}.ipynb")
    if how == "build":
        status, printed = command("build")
        assert status == (2 if said else 0)
    else:
        shutil.rmtree(course.notebooks / NAME)
        arguments = ["generate_assignment", NAME, "--force"]
        try:
            printed = nbgrader(*arguments, folder=course.root, environment={})
        except AutogradeError as error:
            printed = str(error)
    assert said is None or said in printed
    assert (course.notebooks / NAME / name).exists() is (said is None)


def test_a_second_notebook_is_named(course, command, source):
    write_raw(source, course.solutions / NAME / "scratch.ipynb")
    status, said = command("build")
    assert (status, "00_fixture/scratch.ipynb is released as well" in said) == (0, True)


def test_other_files_are_released(course, command):
    (course.solutions / NAME / "data.csv").write_text("1,2\n")
    assert command("build", "--check")[0] == 1
    assert command("build")[0] == 0
    assert (course.notebooks / NAME / "data.csv").read_text() == "1,2\n"
    (course.solutions / NAME / "data.csv").unlink()
    assert command("build")[0] == 0
    assert not (course.notebooks / NAME / "data.csv").exists()


NAMES = [
    (["build", "00_fixtur"], "did you mean 00_fixture?"),
    (["build", "00"], "did you mean 00_fixture?"),
    (["build", "other"], "there are: 00_fixture"),
    (["grade", "other"], "there is no assignment 'other' in solutions/"),
    (["grade", NAME], "nobody's 00_fixture is in autograde/submitted/"),
]


@pytest.mark.parametrize(("arguments", "said"), NAMES)
def test_wrong_names_get_a_sentence(command, arguments, said):
    status, printed = command(*arguments)
    assert status == 2
    assert said in printed


def test_a_folder_that_is_no_course(tmp_path, capsys):
    assert main(["--root", str(tmp_path), "build"]) == 2
    assert "there is no nbgrader_config.py" in capsys.readouterr().err


def test_the_names_are_taken_from_the_folders(course):
    assert Course(course.root).assignments() == [NAME]
