"""Which cells are run: a table of small notebooks."""

from __future__ import annotations

import pytest

from autograde.speed.cell_dependencies import (
    Cell,
    Plan,
    affected,
    names_of,
    needed,
    used_of,
    with_what_they_use,
)

GIVEN, ANSWER, TEST, OWN = "given", "answer", "test", "own"


def cells(*rows):
    return [
        Cell(source, given=kind == GIVEN, test=kind == TEST, answer=kind == ANSWER)
        for kind, source in rows
    ]


IMPORT = (GIVEN, "import numpy as np\nfrom course_utils import Sine, check")

# fmt: off
NEEDED = [
    ("a figure", [IMPORT, (GIVEN, "plot(np.ones(3))"), (ANSWER, "x = 1"), (TEST, "check(Sine)")],
     {0, 2, 3}),
    ("a name from far above", [(GIVEN, "a = 1"), (GIVEN, "b = a"), (GIVEN, "c = 2"),
     (ANSWER, "b + 1")], {0, 1, 3}),
    ("a name inside a function", [(GIVEN, "a = 1"), (ANSWER, "def f():\n    return a")], {0, 1}),
    ("a function's own name", [(GIVEN, "a = 1"), (ANSWER, "def f(a):\n    return a")], {1}),
    ("an entry that is set", [(GIVEN, "a = [1]"), (GIVEN, "a[0] = 2"), (ANSWER, "a")], {0, 1, 2}),
    ("a method that changes", [(GIVEN, "a = []"), (GIVEN, "a.append(2)"), (ANSWER, "a")],
     {0, 1, 2}),
    ("a module's function", [IMPORT, (GIVEN, "np.random.seed(1)"), (ANSWER, "np.ones(2)")], {0, 2}),
    ("a class", [(GIVEN, "class A:\n    b = 1"), (ANSWER, "A.b")], {0, 1}),
    ("a magic that is given", [(GIVEN, "%matplotlib inline"), (ANSWER, "1")], {0, 1}),
    ("a magic of the student's", [(GIVEN, "a = 1"), (ANSWER, "%%time\na")], {0, 1}),
    ("a cell that cannot run", [(GIVEN, "a = 1"), (ANSWER, "a = = 2")], {1}),
    ("a cell nested too deeply to look through", [(GIVEN, "a = 1"), (GIVEN, "b = 1"),
     (OWN, "a = " + " + ".join("1" * 3000))], {0, 1, 2}),
    ("a cell nested as deeply as Python reads it", [(GIVEN, "a = 1"), (GIVEN, "b = 1"),
     (OWN, "a = " + "+".join(["b"] * 500))], {0, 1, 2}),
    ("a name of one's own", [(GIVEN, "k = 1"), (OWN, "for k in range(5): print(k)"), (OWN, "k = 2"),
     (OWN, "[k for k in range(3)]"), (OWN, "with open('a') as k: k.read()")], {1, 2, 3, 4}),
    ("a name that is bound perhaps", [(GIVEN, "k = 1"), (OWN, "if x: k = 2\nprint(k)")], {0, 1}),
    ("a name after an empty loop", [(GIVEN, "k = 1"), (OWN, "for k in (): pass\nprint(k)")],
     {0, 1}),
    ("a sum that goes on", [(GIVEN, "k = 1"), (OWN, "k += 2")], {0, 1}),
    ("further down", [(OWN, "print(a)"), (GIVEN, "a = 1")], {0}),
    ("further down, in a function", [(ANSWER, "def f(): return a"), (GIVEN, "a = 1"),
     (TEST, "f()")], {0, 1, 2}),
    ("in a method", [(ANSWER, "class A:\n    def f(self): return a"), (GIVEN, "a = 1")], {0, 1}),
    ("in a class", [(GIVEN, "a = 1"), (ANSWER, "class A:\n    b = a")], {0, 1}),
    ("in a comprehension", [(GIVEN, "a = 1"), (OWN, "[a for b in range(3) if a]")], {0, 1}),
    ("as a default", [(GIVEN, "a = 1"), (OWN, "def f(x=a): return x")], {0, 1}),
    ("as a decorator", [(GIVEN, "def a(f): return f"), (OWN, "@a\ndef f(): return 1")], {0, 1}),
    ("a name of its own, in a loop", [(GIVEN, "k = 1"), (OWN, "for i in x:\n    k = 2\n    k")],
     {1}),
    ("a name of one branch", [(GIVEN, "k = 1"), (OWN, "if x: k = 2\nelse: print(k)")], {0, 1}),
    ("a name of a handler", [(GIVEN, "k = 1"), (OWN, "try: k = 2\nexcept E: print(k)")], {0, 1}),
    ("bound before its function", [(GIVEN, "a = 1"), (GIVEN, "a = 2\nf = lambda: a"),
     (ANSWER, "f()")], {1, 2}),
    ("bound after its function", [(GIVEN, "a = 1"), (GIVEN, "def f(): return a\nf()\na = 2"),
     (ANSWER, "f()")], {0, 1, 2}),
    ("bound anew below its function", [(GIVEN, "a = 2\nf = lambda: a"), (GIVEN, "a = 3"),
     (ANSWER, "f()")], {0, 1, 2}),
    ("bound anew, and not called", [(GIVEN, "a = 2\nf = lambda: a\nb = 1"), (GIVEN, "a = 3"),
     (ANSWER, "1")], {2}),
    ("in a student's function", [(OWN, "a = 2\nregister(lambda: a)"), (GIVEN, "a = 3"),
     (ANSWER, "call()")], {0, 1, 2}),
    ("in one of two functions on a line", [(GIVEN, "a = 1"),
     (GIVEN, "f, a, g = lambda: a, 2, lambda: a"), (ANSWER, "f()")], {0, 1, 2}),
    ("in a method, bound before", [(GIVEN, "a = 1"),
     (GIVEN, "class A:\n    a = 2\n    def f(self): return a\nb = A()"), (ANSWER, "b.f()")],
     {0, 1, 2}),
    ("nothing is asked", [(GIVEN, "a = 1")], set()),
]
AFFECTED = [
    ("a figure of nothing", [IMPORT, (GIVEN, "a = np.ones(3)"), (ANSWER, "x = 1")], set(), set()),
    ("a name that is bound anew", [(GIVEN, "a = 1"), (ANSWER, "a = 2"), (GIVEN, "print(a)")],
     set(), {2}),
    ("above the answer", [(GIVEN, "a = 1\nprint(a)"), (ANSWER, "a = 2")], set(), set()),
    ("an object that may change", [(GIVEN, "a = [1]"), (ANSWER, "change(a)"), (GIVEN, "print(a)")],
     set(), {2}),
    ("a function that is only called", [(GIVEN, "def f(): return 1"), (ANSWER, "f()"),
     (GIVEN, "print(f())")], set(), set()),
    ("a builtin", [(ANSWER, "print(len([1]))"), (GIVEN, "print(2)")], set(), set()),
    ("an answer in the package", [IMPORT, (GIVEN, "b = Sine"), (GIVEN, "print(b)")], {1}, {1, 2}),
    ("an exercise that is filled in", [IMPORT, (ANSWER, "def Sine(): return 1"),
     (GIVEN, "print(Sine)")], set(), set()),
    ("an imported name in a cell of one's own", [IMPORT, (OWN, "def Sine(): return 1"),
     (GIVEN, "print(Sine)")], set(), {2}),
    ("what follows from it", [(ANSWER, "a = 2"), (GIVEN, "b = a"), (GIVEN, "c = b"),
     (GIVEN, "print(1)")], set(), {1, 2}),
    ("a magic of the student's", [(ANSWER, "%run x"), (GIVEN, "print(1)")], set(), {1}),
    ("a test changes nothing", [(TEST, "a = 1"), (GIVEN, "print(a)")], set(), set()),
]
IN_PART = [
    ("a function beside a figure", [(GIVEN, "def f(): return 1\nplot(f())"), (ANSWER, "f()")],
     {1}, {0}),
    ("nothing but definitions", [(GIVEN, "import a\ndef f(): return 1"), (ANSWER, "f()")],
     {0, 1}, set()),
    ("a value beside the function", [(GIVEN, "def f(): return 1\na = 2"), (ANSWER, "f() + a")],
     {0, 1}, set()),
    ("a value that the function uses", [(GIVEN, "a = 2\ndef f(): return a"), (ANSWER, "f()")],
     {0, 1}, set()),
    ("a value from further up", [(GIVEN, "a = 2"), (GIVEN, "def f(): return a\nplot(f())"),
     (ANSWER, "f()")], {0, 2}, {1}),
    ("a function of a function", [(GIVEN, "def f(): return 1\nplot(f())"),
     (GIVEN, "def g(): return f()\nplot(g())"), (ANSWER, "g()")], {2}, {0, 1}),
    ("a default that is a value", [(GIVEN, "a = 2\ndef f(x=a): return x\nplot(f())"),
     (ANSWER, "f()")], {0, 1}, set()),
    ("a function that is changed", [(GIVEN, "def f(): return 1\nf.a = 2"), (ANSWER, "f.a")],
     {0, 1}, set()),
    ("a function under one of two names", [(GIVEN, "def f(): return 1\nf = g(f)"),
     (ANSWER, "f()")], {0, 1}, set()),
    ("an import beside a set-up", [(GIVEN, "from a import b, c\nc()"), (ANSWER, "b()")],
     {0, 1}, set()),
    ("a class beside a figure", [(GIVEN, "class A:\n    b = 1\nplot(A.b)"), (ANSWER, "A.b")],
     {1}, {0}),
]
# fmt: on


@pytest.mark.parametrize(("rows", "expected"), [pytest.param(r, e, id=n) for n, r, e in NEEDED])
def test_what_answers_and_tests_need(rows, expected):
    plan = needed(cells(*rows))
    assert plan.whole == expected
    assert not plan.definitions


@pytest.mark.parametrize(
    ("rows", "whole", "definitions"), [pytest.param(r, w, d, id=n) for n, r, w, d in IN_PART]
)
def test_of_a_cell_that_does_more_than_define(rows, whole, definitions):
    assert needed(cells(*rows)) == Plan(frozenset(whole), frozenset(definitions))


@pytest.mark.parametrize(
    ("rows", "touched", "expected"), [pytest.param(r, t, e, id=n) for n, r, t, e in AFFECTED]
)
def test_what_a_student_may_have_changed(rows, touched, expected):
    assert affected(cells(*rows), touched) == expected


def test_a_cell_that_is_run_has_what_it_uses():
    notebook = cells((GIVEN, "a = 1"), (GIVEN, "b = 2"), (GIVEN, "print(a)"))
    assert with_what_they_use(notebook, {2}) == Plan(frozenset({0, 2}))


def test_a_star_import_may_bring_anything():
    assert not names_of("from numpy import *").known


class Counted(frozenset):
    """Names; counts how often they are looked through."""

    count = 0

    def _counted(self, other):
        Counted.count += 1
        return frozenset.__and__(self, other)

    __and__ = _counted


def test_a_notebook_is_planned_in_linear_time():
    """In every round each cell is compared with what is used, and not with each other cell."""
    counts = []
    for size in (50, 100):
        offers = [Counted({f"x{n}"}) for n in range(size)]
        running = {n: names_of(f"x{n} = x{n + 1}") for n in range(0, size, 2)}
        Counted.count = 0
        found = used_of(offers, running)
        counts.append(Counted.count)
        assert found[1::2] == [frozenset()] * (size // 2), found
    assert counts[1] == 2 * counts[0]
