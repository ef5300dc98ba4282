"""Reading an answer out of its cell, with what it leans on and nothing else."""

import ast
import itertools
import linecache
import math
import textwrap

import numpy as np
import pytest

from course_utils.exercises.cell_source import is_stub, read_cell

KNOWN = {"fill_in": object(), "chain_rule": object()}
numbers = itertools.count()


def fill_in(target):
    return lambda function: function


def cell(source, **notebook):
    """Run `source` as a notebook cell and return its `backward`."""
    source = textwrap.dedent(source)
    filename = f"<cell {next(numbers)}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    names = {"__name__": "__main__", "np": np, "fill_in": fill_in, **notebook}
    exec(compile(source, filename, "exec"), names)
    return names["backward"]


def read(source, **notebook):
    found = read_cell(cell(source, **notebook), KNOWN)
    assert found is not None
    return found


# (what it is, body, whether it is the stub)
STUBS = [
    ("as handed out", "raise NotImplementedError()", True),
    ("without brackets", "raise NotImplementedError", True),
    ("with the comment", "# YOUR CODE HERE\nraise NotImplementedError()", True),
    ("something above it", "x = 1\nraise NotImplementedError()", True),
    ("something below it", "raise NotImplementedError()\nreturn 1", True),
    ("a docstring", '"""Says what."""', True),
    ("pass", "pass", True),
    ("dots", "...", True),
    ("a docstring and pass", '"""Says what."""\npass', True),
    ("an answer", "return 1", False),
    ("in a branch", "if ctx:\n    raise NotImplementedError()\nreturn 1", False),
    ("another error", "raise ValueError()", False),
    ("raised again", "raise", False),
    ("in a comment", "# raise NotImplementedError()\nreturn 1", False),
    ("in text", "return 'raise NotImplementedError'", False),
    ("computed, not returned", "x = 1", False),
]


@pytest.mark.parametrize(
    ("body", "stub"), [row[1:] for row in STUBS], ids=[row[0] for row in STUBS]
)
def test_a_stub_is_recognised(body, stub):
    source = "def backward(ctx, grad_output):\n" + textwrap.indent(body, "    ")
    (function,) = ast.parse(source).body
    assert is_stub(function) == stub
    if body != "raise":
        assert read(source).is_stub == stub


def test_the_function_comes_without_its_decorator_and_with_its_comments():
    text = read("""
        @fill_in(None)
        def backward(ctx, grad_output):
            # why it is so
            return grad_output  * 2
        """).text()
    assert text.startswith("def backward(ctx, grad_output):")
    assert "# why it is so\n    return grad_output  * 2" in text
    assert "fill_in" not in text


def test_another_decorator_stays():
    text = read("""
        def marked(function):
            return function

        @fill_in(None)
        @marked
        def backward(ctx, grad_output):
            return grad_output
        """).text()
    assert text.index("def marked") < text.index("@marked\ndef backward")
    assert "fill_in" not in text


HELPERS = """
    import math
    SIGN, SCALE = 1.0, 2.0
    unused = 3

    def slope(v):
        # of the sine
        return SIGN * math.cos(v)

    print("noise")

    def backward(ctx, grad_output):
        return grad_output * slope(1.0)
    """


def test_helpers_constants_and_imports_of_the_cell_come_along():
    text = read(HELPERS).text()
    order = ["import math", "SIGN, SCALE = 1.0, 2.0", "# of the sine", "def backward"]
    assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)
    assert "noise" not in text
    assert "unused" not in text
    names = {}
    exec(text, names)
    assert names["backward"](None, 2.0) == pytest.approx(2 * math.cos(1.0))


# (what it uses, body, the rest of the notebook, import line)
IMPORTS = [
    ("a module", "return math.pi", {"math": math}, "import math as math"),
    ("a module by another name", "return m.pi", {"m": math}, "import math as m"),
    ("a function", "return cosine(1)", {"cosine": math.cos}, "from math import cos as cosine"),
    (
        "the course's",
        "return chain_rule(1)",
        {"chain_rule": KNOWN["chain_rule"]},
        "from course_utils import chain_rule",
    ),
    ("the course's, not imported", "return chain_rule(1)", {}, "from course_utils import chain"),
]


@pytest.mark.parametrize(
    ("body", "notebook", "line"), [row[1:] for row in IMPORTS], ids=[row[0] for row in IMPORTS]
)
def test_imports_from_elsewhere_in_the_notebook_are_written_down(body, notebook, line):
    found = read(f"def backward(ctx, grad_output):\n    {body}\n", **notebook)
    assert found.text().startswith(line)
    assert (found.elsewhere, found.unknown) == ([], [])


def test_numpy_is_there_anyway():
    assert "import" not in read("def backward(ctx, g):\n    return np.cos(g)\n").text()


def notebook_helper():
    return 1


notebook_helper.__module__ = "__main__"

# (what it uses, body, notebook, elsewhere, unknown)
NAMES = [
    ("a name of another cell", "return a * b", {"a": 1, "b": 2}, ["a", "b"], []),
    ("a function of another cell", "return f(1)", {"f": notebook_helper}, ["f"], []),
    ("a name from nowhere", "return nowhere * 2", {}, [], ["nowhere"]),
    ("its own names", "a = 1\n    return a + grad_output", {"a": 3}, [], []),
    ("builtins", "return sum(range(len(grad_output)))", {}, [], []),
    ("a comprehension's", "return [v for v in grad_output]", {"v": 3}, [], []),
    ("inside a lambda", "return (lambda v: v * k)(1)", {"k": 1, "v": 1}, ["k"], []),
    ("inside a def", "def f():\n        return k\n    return f()", {"k": 1}, ["k"], []),
    ("itself", "return backward(ctx, grad_output)", {}, [], []),
    ("a global", "global k\n    k = 1\n    return k", {"k": 1}, ["k"], []),
]


@pytest.mark.parametrize(
    ("body", "notebook", "elsewhere", "unknown"),
    [row[1:] for row in NAMES],
    ids=[row[0] for row in NAMES],
)
def test_names_that_cannot_come_along_are_told(body, notebook, elsewhere, unknown):
    found = read(f"def backward(ctx, grad_output):\n    {body}\n", **notebook)
    assert (found.elsewhere, found.unknown) == (elsewhere, unknown)


def test_a_helper_s_own_needs_count_too():
    found = read(
        """
        def helper(v):
            return v * elsewhere

        def backward(ctx, grad_output):
            return helper(grad_output)
        """,
        elsewhere=3,
    )
    assert found.elsewhere == ["elsewhere"]


def test_the_last_definition_of_two_is_read():
    text = read("""
        def backward(ctx, grad_output):
            return 1

        def backward(ctx, grad_output):
            return 2
        """).text()
    assert "return 2" in text
    assert "return 1" not in text


def test_without_source_there_is_nothing_to_read():
    names = {}
    exec("def backward(ctx, grad_output):\n    return 1\n", names)
    assert read_cell(names["backward"], KNOWN) is None


def test_a_function_inside_another_cannot_be_read():
    function = cell("""
        def make():
            def backward(ctx, grad_output):
                return 1
            return backward
        backward = make()
        """)
    assert read_cell(function, KNOWN) is None


TRIED = """
HAVE = True
try:
    from numba_that_is_not_here import njit
except ImportError:
    HAVE = False

    def njit(function):
        return function

@njit
def slope(x):
    return np.cos(x)

@fill_in(None)
def backward(ctx, grad_output):
    return grad_output * slope(ctx) if not HAVE else None
"""


def test_what_is_imported_if_it_is_there_comes_along_with_what_stands_in_for_it():
    found = read(TRIED)
    assert (found.elsewhere, found.unknown) == ([], [])
    saved = {"np": np}
    exec(found.text(), saved)
    assert saved["backward"](0.0, 2.0) == 2.0
