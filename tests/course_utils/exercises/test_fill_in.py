"""Filling in, as a learner meets it: cells run in IPython, one process a session."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

SESSION = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
shell = InteractiveShell.instance()
shell.colors = "nocolor"
report = []
for cell in json.load(sys.stdin):
    with capture_output() as said:
        result = shell.run_cell(cell)
    report.append(
        {
            "out": said.stdout,
            "err": said.stderr,
            "error": type(result.error_in_exec).__name__ if result.error_in_exec else None,
        }
    )
print("\\x00" + json.dumps(report))
"""

RIGHT = """
    from course_utils import Sine, fill_in
    import numpy as np

    @fill_in(Sine)
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return grad_output * np.cos(x)
"""

STUB = """
    from course_utils import Sine, fill_in

    @fill_in(Sine)
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        # YOUR CODE HERE
        raise NotImplementedError()
"""

USE = """
    from course_utils import Sine, vjp
    print(vjp(Sine, [0.0, 1.0])[1]([1.0, 1.0])[0].round(6).tolist())
"""

BY_HAND = """
    from course_utils import Context, Sine
    import numpy as np
    ctx = Context()
    Sine.forward(ctx, np.ones(2))
    Sine.backward(ctx, np.ones(2))
"""

CHECK = "from course_utils import Sine, check\ncheck(Sine)"


class Session:
    """What came of running some cells in a fresh process."""

    def __init__(self, folder: Path, *cells: str, **variables: str) -> None:
        env = {**os.environ, "COURSE_UTILS_FILLED_IN": str(folder), **variables}
        env.setdefault("IPYTHONDIR", str(folder.parent / "ipython"))
        done = subprocess.run(
            [sys.executable, "-c", SESSION],
            input=json.dumps([textwrap.dedent(cell) for cell in cells]),
            env=env,
            capture_output=True,
            text=True,
            check=True,
        )
        self.cells = json.loads(done.stdout.split("\x00")[1])

    def out(self, index: int = -1) -> str:
        return self.cells[index]["out"]

    def error(self, index: int = -1) -> str | None:
        return self.cells[index]["error"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "work"


def test_filled_in_here_and_after_a_restart(folder: Path) -> None:
    first = Session(folder, RIGHT, USE, CHECK)
    assert first.error(2) is None, first.out(2)
    assert first.out(1) == "[1.0, 0.540302]\n"
    again = Session(folder, USE, CHECK)
    assert again.out(0) == "[1.0, 0.540302]\n"
    assert again.error(1) is None


def test_plain_python_finds_the_work_too(folder: Path) -> None:
    Session(folder, RIGHT)
    done = subprocess.run(
        [sys.executable, "-c", "from course_utils import Sine, check; check(Sine)"],
        env={**os.environ, "COURSE_UTILS_FILLED_IN": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Sine.backward: right.")


def test_unfilled_runs_numerically_with_one_notice(folder: Path) -> None:
    session = Session(folder, USE, USE, CHECK)
    assert "not filled in yet (notebook 02_chain_rule, exercise 2.2)" in session.out(0)
    assert session.out(0).endswith("[1.0, 0.540302]\n")
    assert session.out(1) == "[1.0, 0.540302]\n"
    assert session.error(2) == "CheckFailed"
    assert "not filled in" in session.out(2)
    assert not any(cell["err"] for cell in session.cells)


def test_a_stub_never_overwrites_work_and_does_not_pass(folder: Path) -> None:
    Session(folder, RIGHT)
    saved = (folder / "Sine.backward.py").read_text()
    session = Session(folder, STUB, USE, CHECK)
    assert (folder / "Sine.backward.py").read_text() == saved
    assert "still the stub" in session.out(0)
    assert session.out(1) == "[1.0, 0.540302]\n"
    assert session.error(2) == "CheckFailed"


HELPERS = """
    import math
    from course_utils import Sine, fill_in

    SIGN = 1.0
    def slope(value):
        # a comment that stays
        return SIGN * math.cos(value)

    print("noise that must not be saved")

    @fill_in(Sine)
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return grad_output * np.array([slope(value) for value in x])
"""


def test_helpers_of_the_same_cell_come_along(folder: Path) -> None:
    assert Session(folder, "import numpy as np", HELPERS).error() is None
    session = Session(folder, USE, CHECK)
    assert session.out(0) == "[1.0, 0.540302]\n"
    assert session.error(1) is None
    saved = (folder / "Sine.backward.py").read_text()
    assert "# a comment that stays" in saved
    assert "noise" not in saved


ELSEWHERE = """
    from course_utils import Sine, fill_in
    @fill_in(Sine)
    def backward(ctx, grad_output):
        return grad_output * local_slope(ctx.saved_tensors[0])
"""


def test_a_name_from_another_cell_is_told_at_once(folder: Path) -> None:
    define = "import numpy as np\ndef local_slope(x):\n    return np.cos(x)"
    session = Session(folder, define, ELSEWHERE, CHECK)
    assert session.error(1) == "FillInError"
    assert "`local_slope`, defined in another cell" in session.out(1)
    assert "Traceback" not in session.out(1)
    assert session.error(2) == "CheckFailed"
    assert "local_slope" in session.out(2)
    assert not folder.exists()


def test_an_undefined_name_is_told_and_the_check_shows_the_line(folder: Path) -> None:
    session = Session(folder, ELSEWHERE, CHECK)
    assert "`local_slope`, which is not defined anywhere" in session.out(0)
    assert session.error(1) == "CheckFailed"
    assert "local_slope(ctx.saved_tensors[0])" in session.out(1)


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("def backward(ctx, g):", "def backward(ctx, grad_output):"),
        ("def sine_backward(ctx, grad_output):", "def backward(ctx, grad_output):"),
        ("def backward(grad_output):", "def backward(ctx, grad_output):"),
    ],
)
def test_another_first_line_is_refused(folder: Path, header: str, told: str) -> None:
    cell = f"from course_utils import Sine, fill_in\n@fill_in(Sine)\n{header}\n    return 1.0\n"
    session = Session(folder, cell)
    assert session.error() == "FillInError"
    assert told in session.out()


BROKEN = [
    ("a syntax error", "def backward(ctx, grad_output:\n    return 1\n", "SyntaxError"),
    ("an import that is gone", "import no_such_module\n", "ModuleNotFoundError"),
    ("leaves Python", "raise SystemExit(3)\n", "SystemExit"),
    ("no such function", "x = 1\n", "defines no function backward"),
    ("other arguments", "def backward(g):\n    return g\n", "its arguments are"),
    ("not text", b"\xff\xfe\x00bad", "UnicodeDecodeError"),
    ("empty", "", "defines no function backward"),
]


@pytest.mark.parametrize(
    ("text", "told"), [case[1:] for case in BROKEN], ids=[c[0] for c in BROKEN]
)
def test_saved_work_that_does_not_load(folder: Path, text: str | bytes, told: str) -> None:
    folder.mkdir()
    path = folder / "Sine.backward.py"
    data = text if isinstance(text, bytes) else text.encode()
    path.write_bytes(data)
    session = Session(folder, USE)
    assert session.error() is None
    assert told in session.out()
    assert str(path) in session.out()
    assert session.out().endswith("[1.0, 0.540302]\n")
    assert path.read_bytes() == data


def test_while_grading_nothing_is_read_or_written(folder: Path) -> None:
    Session(folder, RIGHT)
    saved = (folder / "Sine.backward.py").read_text()
    graded = Session(folder, STUB, CHECK, NBGRADER_EXECUTION="autograde")
    assert graded.error(1) == "CheckFailed"
    wrong = RIGHT.replace("np.cos(x)", "np.sin(x)")
    other = Session(folder, wrong, CHECK, NBGRADER_EXECUTION="autograde")
    assert other.error(1) == "CheckFailed"
    assert (folder / "Sine.backward.py").read_text() == saved
    assert Session(folder, RIGHT, CHECK, NBGRADER_EXECUTION="autograde").error(1) is None


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    session = Session(blocked / "work", RIGHT, CHECK)
    assert session.error(0) is None
    assert "could not be saved" in session.out(0)
    assert "COURSE_UTILS_FILLED_IN" in session.out(0)
    assert session.error(1) is None


def test_the_stack_points_at_the_cell_and_later_at_the_file(folder: Path) -> None:
    wrong = RIGHT.replace("return grad_output * np.cos(x)", "return grad_output * np.cosine(x)")
    first = Session(folder, wrong, BY_HAND)
    assert first.error(1) == "AttributeError"
    assert "return grad_output * np.cosine(x)" in first.out(1)
    again = Session(folder, BY_HAND)
    assert "Sine.backward.py" in again.out()
    assert "return grad_output * np.cosine(x)" in again.out()


def test_the_last_of_two_answers_counts(folder: Path) -> None:
    wrong = RIGHT.replace("np.cos(x)", "np.sin(x)")
    session = Session(folder, wrong, RIGHT, CHECK, wrong, CHECK)
    assert session.error(2) is None
    assert session.error(4) == "CheckFailed"


FUNCTION_EXERCISE = """
    from course_utils import chain_rule, fill_in, check
    import numpy as np
    @fill_in(chain_rule)
    def chain_rule(grad_L, J_h):
        return np.einsum("j,ji->i", grad_L, J_h)
"""


def test_a_plain_function_is_filled_in_the_same_way(folder: Path) -> None:
    first = Session(folder, FUNCTION_EXERCISE, "check(chain_rule)\nprint(chain_rule.__module__)")
    assert first.error(1) is None
    assert first.out(1).endswith("course_utils.chapters.ch02_chain_rule.exercises\n")
    use = "from course_utils import chain_rule\nprint(chain_rule([1.0], np.ones((1, 2))))"
    assert Session(folder, "import numpy as np", use).out() == "[1. 1.]\n"


def test_a_function_without_source_works_in_this_session(folder: Path) -> None:
    script = textwrap.dedent(RIGHT) + "\nfrom course_utils import check\ncheck(Sine)\n"
    done = subprocess.run(
        [sys.executable, "-c", f"exec({script!r})"],
        env={**os.environ, "COURSE_UTILS_FILLED_IN": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "this session only" in done.stdout
