"""The mutation run: every change is one, can be read, and is tried in a copy."""

from __future__ import annotations

import ast
import os
import subprocess

import pytest

from autograde.course.course import ROOT
from benchmarks import mutations
from benchmarks.changes import changes, within

CHANGES = [
    # (a line, its kind of change, what becomes of it)
    ("x = a < b", "comparison", {"x = (a <= b)"}),
    ("x = a is b", "comparison", {"x = (a is not b)"}),
    ("x = a in b", "comparison", {"x = (a not in b)"}),
    ("x = a + b", "operator", {"x = (a - b)"}),
    ("x = a | b", "operator", {"x = (a & b)"}),
    ("x = a and b", "operator", {"x = (a or b)"}),
    ("x = not a", "operator", {"x = (a)"}),
    ("x = -a", "operator", {"x = (a)"}),
    ("x = 3", "constant", {"x = 4"}),
    ("x = 0.5", "constant", {"x = 1.0"}),
    ("x = True", "constant", {"x = False"}),
    ("if a: x = 1", "condition", {"if (not a): x = 1"}),
    ("x = b if a else c", "condition", {"x = b if (not a) else c"}),
    ("while a: f()", "statement", {"while a: pass"}),
    ("x += a", "statement", {"pass"}),
    ("raise a", "statement", {"pass"}),
    ("x = (a, b)", "entry", {"x = ((b,))", "x = ((a,))"}),
    ("x = {a: b, 'é': d}", "entry", {"x = ({'é': d})", "x = ({a: b})"}),
    ("def f(x: a | b = c) -> a | b: '''Text.'''", "operator", set()),
    ("@f(a < b)\ndef g(): return c", "comparison", set()),
    ("x[a, :] = b", "entry", set()),
    ("from a import b, c", "entry", set()),
    ("a, b = f()", "entry", set()),
    ("'''Text.'''", "statement", set()),
]


@pytest.mark.parametrize(("line", "kind", "expected"), CHANGES)
def test_a_change_is_made(line, kind, expected):
    found = {each.made(line) for each in changes(line) if each.kind == kind}
    assert found == expected


@pytest.mark.parametrize("room", mutations.ROOMS)
def test_every_file_of_a_room_can_be_changed_and_has_tests(room):
    for path in sorted((ROOT / room).rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        for change in changes(source)[::40]:
            made = change.made(source)
            assert made != source, change
            ast.parse(made)
        tests = mutations.mirrors(path.relative_to(ROOT).as_posix())
        assert tests
        assert all((ROOT / each).is_file() for each in tests), tests


def test_what_is_chosen_is_the_seeds():
    room = "course_utils/measure"
    found = [mutations.chosen(room, 12, seed) for seed in (1, 1, 2)]
    assert found[0] == found[1] != found[2]
    assert len(set(found[0])) == 12
    assert len({change.kind for _, change in found[0]}) > 3


@pytest.mark.parametrize("path", mutations.TABLES)
def test_every_table_of_the_jail_has_changes(path):
    source = (ROOT / path).read_text(encoding="utf-8")
    for name in mutations.TABLES[path]:
        assert within(changes(source), source, (name,)), name


def test_a_change_is_tried_in_a_copy(tmp_path, monkeypatch):
    """A tree of one file and its test, which notices one of two changes."""
    tree, path = tmp_path / "tree", "course_utils/measure/numbers.py"
    source = "def half(x):\n    return x / 2 if x > 0 else 0\n"
    test = "from course_utils.measure.numbers import half\n\ndef test(): assert half(4) == 2\n"
    for name, text in ((path, source), ("tests/course_utils/measure/test_numbers.py", test)):
        (tree / name).parent.mkdir(parents=True)
        (tree / name).write_text(text)
    for folder in ("course_utils", "course_utils/measure"):
        (tree / folder / "__init__.py").touch()
    subprocess.run(["git", "init", "-q"], cwd=tree, check=True)
    monkeypatch.setattr(mutations, "ROOT", tree)
    copy = mutations.Copy(tmp_path / "copy")
    found = [
        (path, change) for change in changes(source) if change.kind in ("operator", "comparison")
    ]
    results = list(mutations.tried("a room", found, copy))
    assert [(each.kind, each.how) for each in results] == [
        ("operator", "failed"),
        ("comparison", "survived"),
    ]
    assert "+    return x / 2 if (x >= 0) else 0" in results[1].diff
    assert mutations.shares(results) == [("a room", 1, 2)]
    assert (tree / path).read_text() == source == (copy.root / path).read_text()
    assert os.getcwd() != str(copy.root)
