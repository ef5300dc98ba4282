"""What is judged is what the last run of the exercise's cell holds, as JupyterLab runs it."""

# ruff: noqa: E501  (tables, one case a line)

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.course_utils.exercises.kernels import Kernel, kernel

pytestmark = pytest.mark.filterwarnings(
    r"ignore::DeprecationWarning:(jupyter_client|traitlets|zmq|tornado)\b"
)

IMPORTS = "import numpy as np\nfrom course_utils import *"

RIGHT = textwrap.dedent("""
    @fill_in(Sine)
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return grad_output * np.cos(x)
""").lstrip()
WRONG = RIGHT.replace("np.cos(x)", "3 * np.cos(x)")
STUB = RIGHT.replace("return grad_output * np.cos(x)", "raise NotImplementedError()")
NO_DECORATOR = RIGHT.split("\n", 1)[1]
NO_COMMA = RIGHT.replace("ctx, grad", "ctx grad")
INDENTED = RIGHT.replace("    (x,)", "      (x,)")

HERE, OTHER = "ex-2-2-answer", "somewhere-else"
CHECK = "check(Sine)"
JUDGED = "Sine.backward: right."
NOT_JUDGED = "Sine.backward (notebook 02_chain_rule, exercise 2.2) is not judged: "
BEFORE = "Other cells and notebooks still use the answer from before"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kernels") / "work"


@pytest.fixture(scope="module")
def first(folder: Path) -> Iterator[Kernel]:
    with kernel(folder) as started:
        assert started.run(IMPORTS, "imports") == ""
        yield started


@pytest.fixture(scope="module")
def second(folder: Path) -> Iterator[Kernel]:
    with kernel(folder) as started:
        assert started.run(IMPORTS, "imports") == ""
        yield started


# (what was done, the cells that are run after a right answer in its place, what the check says)
EDITS: list[tuple[str, list[tuple[str, str]], str]] = [
    ("nothing", [], JUDGED),
    ("a comma gone", [(HERE, NO_COMMA)], NOT_JUDGED + "its cell was run last with a SyntaxError in line 2, so"),
    ("indented", [(HERE, INDENTED)], NOT_JUDGED + "its cell was run last with an IndentationError in line 4, so"),
    ("one after the other", [(HERE, NO_COMMA), (HERE, INDENTED)], "with an IndentationError in line 4"),
    ("the decorator's bracket gone", [(HERE, RIGHT.replace("(Sine)", "(Sine"))], "with a SyntaxError in line 1"),
    ("the decorator gone", [(HERE, NO_DECORATOR)], NOT_JUDGED + "its cell was run last without `@fill_in(Sine)`, so"),
    ("the decorator a comment", [(HERE, "# " + RIGHT)], "run last without `@fill_in(Sine)`"),
    ("everything gone", [(HERE, "1 + 1")], "run last without `@fill_in(Sine)`"),
    ("a name that is not there", [(HERE, RIGHT.replace("Sine", "Sin"))], "stopped with a NameError before anything"),
    ("an error above it", [(HERE, "1 / 0\n" + RIGHT)], NOT_JUDGED + "its cell was run last and stopped with a ZeroDivisionError before anything"),
    ("an error below it", [(HERE, RIGHT + "1 / 0\n")], JUDGED),
    ("another name", [(HERE, RIGHT.replace("def backward", "def back"))], NOT_JUDGED + "The first line must read"),
    ("left out by an if", [(HERE, "if False:\n" + textwrap.indent(RIGHT, "    "))], "did not get to `@fill_in(Sine)`"),
    ("written into a file", [(HERE, "%%writefile /dev/null\n" + RIGHT)], "did not get to `@fill_in(Sine)`"),
    ("the stub again", [(HERE, STUB)], NOT_JUDGED + "its cell in this notebook is still the stub"),
    ("a stub with an error", [(HERE, STUB), (HERE, NO_COMMA)], "with a SyntaxError in line 2"),
    ("mended", [(HERE, NO_COMMA), (HERE, RIGHT)], JUDGED),
    ("an error in another cell", [(OTHER, "def f(:")], JUDGED),
    ("tried elsewhere, with an error", [(OTHER, NO_COMMA)], "with a SyntaxError in line 2"),
    ("moved, and its place used", [(OTHER, RIGHT), (HERE, "1 + 1")], JUDGED),
    ("moved, and spoiled there", [(OTHER, RIGHT), (OTHER, NO_DECORATOR)], "run last without `@fill_in(Sine)`"),
    ("under a magic", [(HERE, "%%capture\n" + RIGHT)], JUDGED),
    ("under a magic, with an error", [(HERE, "%%capture\n" + NO_COMMA)], "did not get to `@fill_in(Sine)`"),
    ("only in a text", [(OTHER, f"text = '''\n{RIGHT}'''")], JUDGED),
    ("no ids, an error", [("", NO_COMMA)], "with a SyntaxError in line 2"),
    ("no ids, mended", [("", NO_COMMA), ("", RIGHT)], JUDGED),
    ("an await", [(HERE, "import asyncio\nawait asyncio.sleep(0)\n" + RIGHT)], JUDGED),
    ("an await, and no decorator", [(HERE, "import asyncio\nawait asyncio.sleep(0)\n" + NO_DECORATOR)], "run last without `@fill_in(Sine)`"),
    ("an exit above it", [(HERE, "raise SystemExit\n" + RIGHT)], "stopped with a SystemExit"),
    ("another exercise's in its place", [(HERE, RIGHT.replace("Sine", "Tanh"))], "run last without `@fill_in(Sine)`"),
    ("by another name", [(HERE, "write = fill_in\n" + RIGHT.replace("fill_in", "write"))], JUDGED),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "said"), [pytest.param(c, s, id=n) for n, c, s in EDITS])
def test_what_the_check_says_after_an_edit(
    first: Kernel, cells: list[tuple[str, str]], said: str
) -> None:
    assert "Error" not in first.run(RIGHT, HERE)
    for cell, source in cells:
        first.run(source, cell)
    shown = first.run(CHECK, "ex-2-2-check")
    assert said in shown
    assert (JUDGED in shown, BEFORE in shown) == (said == JUDGED, said != JUDGED)
    assert "not filled in yet" not in shown  # an answer is there, and the sentence says so


def test_it_is_said_at_once_where_there_is_no_error(first: Kernel) -> None:
    first.run(RIGHT, HERE)
    assert "without `@fill_in(Sine)`, so nothing" in first.run(NO_DECORATOR, HERE)


def test_without_an_earlier_answer_there_is_none_to_speak_of(first: Kernel) -> None:
    first.run("@fill_in(SumOfCubes)\ndef backward(ctx grad_output):\n    pass", "ex-2-3-answer")
    shown = first.run("check(SumOfCubes)")
    assert "is not filled in yet: notebook 02_chain_rule, exercise 2.3. The last attempt" in shown
    assert "with a SyntaxError in line 2" in shown
    assert "from before" not in shown


CENTRAL = "def central_difference(f, x, h):\n    return (f(x + h) - f(x - h)) / (2 * h)\n"


def test_a_scratch_function_of_the_same_name_locks_nothing_out(first: Kernel) -> None:
    first.run(CENTRAL.replace("x - h", "x"), OTHER)
    shown = first.run("check(central_difference)")
    assert "defined in this notebook without `@fill_in(central_difference)`" in shown
    assert "is not filled in yet: notebook 00_measuring_slopes, exercise 0.2" in shown
    assert "Error" not in first.run("@fill_in(central_difference)\n" + CENTRAL, "ex-0-2-answer")
    assert first.run("check(central_difference)").startswith("central_difference: right.")
    first.run(CENTRAL.replace("x - h", "x"), OTHER)
    shown = first.run("check(central_difference)")
    assert "that is not what is judged" in shown
    assert "central_difference: right." in shown


# ------------------------------------------------------------------ two kernels


def test_what_is_saved_in_one_kernel_reaches_the_other(first: Kernel, second: Kernel) -> None:
    # By hand, or it would be computed numerically while it is wrong.
    use = "ctx = Context()\nSine.forward(ctx, np.zeros(1))\nprint(Sine.backward(ctx, np.ones(1)))"
    first.run(WRONG, HERE)
    assert "[3.]" in second.run(use)
    first.run(RIGHT, HERE)
    shown = second.run(CHECK)
    assert "another session has saved a new answer" in shown
    assert "its cell has not been run in this session. What is judged is the answer that" in shown
    assert JUDGED in shown
    assert second.run(use) == "[1.]\n"  # said once
    assert second.run(RIGHT, HERE) == ""
    assert second.run(CHECK).startswith(JUDGED)
    first.run(RIGHT, HERE)  # saved anew, and the same
    assert second.run(CHECK).startswith(JUDGED)


def test_what_is_saved_while_a_cell_runs_reaches_its_check(folder: Path, second: Kernel) -> None:
    path = folder / "SumOfCubes.backward.py"
    cubes = (
        "def backward(ctx, grad_output):\n    return -3 * grad_output * ctx.saved_tensors[0]**2\n"
    )
    shown = second.run(f"open({str(path)!r}, 'w').write({cubes!r})\ncheck(SumOfCubes)", OTHER)
    assert "another session has saved a new answer" in shown
    assert "SumOfCubes.backward: not right yet." in shown
    assert "filled in" not in shown


def test_what_this_notebook_s_cell_holds_is_what_is_judged(first: Kernel, second: Kernel) -> None:
    first.run(WRONG, HERE)
    second.run(RIGHT, OTHER)
    shown = first.run(CHECK)
    assert "another session has saved another answer on 2" in shown
    assert "What is judged here is what this notebook's cell held" in shown
    assert "times the right value" in shown
    assert JUDGED in second.run(CHECK)
    first.run(RIGHT, HERE)
    assert first.run(CHECK).startswith(JUDGED)


def test_a_stack_shows_the_lines_that_were_run(folder: Path, second: Kernel) -> None:
    path = folder / "Multiply.backward.py"
    answer = "def backward(ctx, grad_output):\n    return np.no_such(grad_output)\n"
    path.write_text("import numpy as np\n" + answer)
    shown = second.run(
        f"text = open({str(path)!r}).read().replace('no_such', 'abs')\n"
        f"open({str(path)!r}, 'w').write(text)\n"
        "Multiply.backward(Context(), np.ones(1))"
    )
    assert "return np.no_such(grad_output)" in shown
    assert "return np.abs(grad_output)" not in shown
    path.write_text("def (")
    shown = second.run("check(Multiply)")
    assert "Your saved answer to Multiply.backward does not load (SyntaxError" in shown
    assert "Multiply.backward is not filled in yet" in shown


def test_validating_reads_and_writes_nothing(folder: Path, first: Kernel) -> None:
    """Validate says what grading would; nbgrader says so in the environment."""
    first.run(RIGHT, HERE)
    saved = (folder / "Sine.backward.py").read_text()
    with kernel(folder, NBGRADER_EXECUTION="validate") as started:
        started.run(IMPORTS + "\n" + NO_DECORATOR)
        assert "is not filled in yet" in started.run(CHECK)
        started.run(WRONG)
        assert "times the right value" in started.run(CHECK)
    assert (folder / "Sine.backward.py").read_text() == saved
