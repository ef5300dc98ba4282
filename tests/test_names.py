"""What begins with an underscore is its file's own, and files and functions are short."""

from __future__ import annotations

import ast

import pytest

from tests.sources import PACKAGES, ROOT, sources, trees

# ---- an underscore: this file's own --------------------------------------------------------

TREES = trees(*PACKAGES)


def dotted(place: str) -> str:
    return place.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


MODULES = {dotted(place) for place in TREES}


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def source_of(node: ast.ImportFrom, place: str) -> str:
    """Return the module that a file imports from, in full where the dots are relative."""
    parents = dotted(place).split(".") + ["__init__"] * place.endswith("/__init__.py")
    return ".".join(parents[: -node.level] * bool(node.level) + [node.module] * bool(node.module))


def borrowed(place: str, tree: ast.Module) -> dict[str, int]:
    """Return what a file uses that is another one's own, and the line: ``module._name``."""
    others = MODULES - {dotted(place)}
    called: dict[str, str] = {}  # what our modules are called in this file
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:  # "import a.b" binds a
                name = alias.name if alias.asname else alias.name.partition(".")[0]
                called[alias.asname or name] = name
        elif isinstance(node, ast.ImportFrom) and source_of(node, place) in others:
            for alias in node.names:
                name = f"{source_of(node, place)}.{alias.name}"
                called[alias.asname or alias.name] = name
                if is_private(alias.name):
                    found[name] = node.lineno
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and is_private(node.attr):
            first, dot, rest = ast.unparse(node.value).partition(".")
            module = called.get(first, "") + dot + rest
            if module in others:
                found[f"{module}.{node.attr}"] = node.lineno
    return found


BORROWED: set[tuple[str, str]] = set()
"""It may only become less."""

USES = [  # (a file, what it uses that is another one's own)
    ("from autograde.cli import _main", ["autograde.cli._main"]),
    ("def f():\n    from autograde.cli import _main as main", ["autograde.cli._main"]),
    ("from course_utils.checks import check\ncheck._a()", ["course_utils.checks.check._a"]),
    ("from course_utils.checks import check as c\nc._a()", ["course_utils.checks.check._a"]),
    ("import course_utils.own as own\nown._load()", ["course_utils.own._load"]),
    ("import course_utils.own\ncourse_utils.own._load()", ["course_utils.own._load"]),
    ("from course_utils import _added", ["course_utils._added"]),
    ("from .numerical import _a", ["course_utils.measure.numerical._a"]),
    ("from . import numerical\nnumerical._a", ["course_utils.measure.numerical._a"]),
    ("from ..checks.check import _a", ["course_utils.checks.check._a"]),
    ("from course_utils.own import load, __doc__", []),
    ("from course_utils import own\nown.load()._name", []),
    ("from course_utils.measure.memo import _kept", []),  # the file itself
    ("import os\nos._exit(0)", []),
    ("self._load()", []),
]


@pytest.mark.parametrize(("text", "names"), USES, ids=[row[0] for row in USES])
def test_the_use_of_another_file_s_own_is_seen(text, names):
    assert list(borrowed("course_utils/measure/memo.py", ast.parse(text))) == names


def test_nobody_uses_what_is_another_file_s_own():
    found = {
        (name, place): f"{place}:{line} uses {name}"
        for place, tree in TREES.items()
        for name, line in borrowed(place, tree).items()
    }
    new = [said for use, said in found.items() if use not in BORROWED]
    assert new == [], "an underscore means 'this file's own': give what is shared a public name"
    assert BORROWED - found.keys() == set(), "these are mended: take them out of BORROWED"


# ---- short files and functions -------------------------------------------------------------

LINES_OF_A_FILE = 400
LINES_OF_A_FUNCTION = 50

LONG = {
    "benchmarks/cases/networks.py": 418,
    "course_utils/figures/interactive.py": 506,
    "tests/autograde/judging/numerical_answers.py": 673,
    "tests/course_utils/checker/test_wrong.py": 412,
    "autograde/notebooks/preflight.py: choose": 73,
    "tests/attacks/conftest.py: graded_class": 58,
    "tests/autograde/conftest.py: source_notebook": 51,
    "tests/autograde/workers/test_processes.py: "
    "test_two_workers_do_what_one_does_and_a_second_run_nothing": 51,
    "tests/autograde/workers/test_run.py: submissions": 69,
    "tests/browser/test_instructor.py: test_from_release_to_feedback": 58,
}
"""What is longer, and how long it may be; they may only become shorter, and fewer."""


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function from its ``def`` on, its docstring left out."""
    first = function.body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    docstring = first.end_lineno - first.lineno + 1 if is_docstring else 0
    return function.end_lineno - function.lineno + 1 - docstring


def too_long(files: dict[str, str]) -> dict[str, int]:
    """Return how long every file and every function (``file: function``) is that is too long."""
    lengths = {place: len(text.splitlines()) for place, text in files.items()}
    found = {place: lines for place, lines in lengths.items() if lines > LINES_OF_A_FILE}
    for place, text in files.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = lines_of(node)
                if lines > LINES_OF_A_FUNCTION:
                    name = f"{place}: {node.name}"
                    found[name] = max(lines, found.get(name, 0))
    return found


BODY = "    pass\n" * 49
DOCSTRING = '    """Say.\n' + "\n" * 60 + '    """\n'
LENGTHS = {  # what it is: (a file, what of it is too long)
    "50 lines": (f"def f():\n{BODY}", {}),
    "51 lines": (f"def f():\n{BODY}    pass", {"a.py: f": 51}),
    "51 lines that wait": (f"async def f():\n{BODY}    pass", {"a.py: f": 51}),
    "decorated": (f"@decorated\n@twice\ndef f():\n{BODY}", {}),
    "a long docstring": (f"def f():\n{DOCSTRING}{BODY}", {}),
    "a long docstring and 51 lines": (f"def f():\n{DOCSTRING}{BODY}    pass", {"a.py: f": 51}),
    "a file of 400": ("\n" * 400, {}),
    "a file of 401": ("\n" * 401, {"a.py": 401}),
}


@pytest.mark.parametrize("name", LENGTHS)
def test_what_is_too_long_is_seen(name):
    text, found = LENGTHS[name]
    assert too_long({"a.py": text}) == found


def test_no_file_and_no_function_is_too_long():
    files = sources(*PACKAGES, "course_setup", "benchmarks", "docs", "tests")
    files["course.py"] = (ROOT / "course.py").read_text(encoding="utf-8")
    found = too_long(files)
    new = {each: lines for each, lines in found.items() if lines > LONG.get(each, 0)}
    assert new == {}, f"{LINES_OF_A_FILE} lines a file, {LINES_OF_A_FUNCTION} a function at most"
    assert [each for each in LONG if each not in found] == [], "good: take them out of LONG"
