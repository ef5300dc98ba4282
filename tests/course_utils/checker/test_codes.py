"""Every code that a check can give is in codes.py, and every one there can be given."""

from __future__ import annotations

import ast
import re

import pytest

from autograde.authoring.mistakes import tables
from course_utils.checker import Finding, codes
from course_utils.checks.plain_functions import Confusion
from tests.sources import PACKAGES, trees

LIST = "course_utils/checker/codes.py"
TREES = {place: tree for place, tree in trees(*PACKAGES).items() if place != LIST}

# ---- where a code stands in a source ------------------------------------------------------


def taking_a_code() -> dict[str, int]:
    """Return which functions and dataclasses of course_utils have a `code`, and at which place."""
    found = {}
    for place, tree in TREES.items():
        for node in ast.walk(tree):
            names = []
            if isinstance(node, ast.FunctionDef):
                names = [argument.arg for argument in node.args.args]
            elif isinstance(node, ast.ClassDef):
                fields = [line.target for line in node.body if isinstance(line, ast.AnnAssign)]
                names = [ast.unparse(name) for name in fields]
            if "code" in names and place.startswith("course_utils/"):
                found[node.name] = names.index("code")
    return found


TAKING = taking_a_code()


def texts(value: ast.AST) -> set[str]:
    """Return the texts that an expression can be, with E for what is computed in them."""
    if isinstance(value, ast.IfExp):
        return texts(value.body) | texts(value.orelse)
    if isinstance(value, ast.JoinedStr):
        parts = [p.value if isinstance(p, ast.Constant) else "E" for p in value.values]
        return {"".join(map(str, parts))}
    is_text = isinstance(value, ast.Constant) and isinstance(value.value, str)
    return {value.value} if is_text else set()


def of_a_pair(value: ast.AST | None) -> set[str]:
    """Return the first of a code and a message."""
    return texts(value.elts[0]) if isinstance(value, ast.Tuple) and len(value.elts) == 2 else set()


def given_to(call: ast.Call, taking: dict[str, int]) -> set[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
    if ast.unparse(call.func) == "notes.append":
        return of_a_pair(call.args[0])
    if name not in taking:
        return set()
    named = [word.value for word in call.keywords if word.arg == "code"]
    return set().union(*map(texts, call.args[taking[name] : taking[name] + 1] + named))


def codes_in(tree: ast.Module, taking: dict[str, int]) -> set[str]:
    """Return the codes that a file gives: in calls, in notes, in variables and tables of codes."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            found |= given_to(node, taking)
        elif isinstance(node, ast.FunctionDef) and node.returns is not None:
            if ast.unparse(node.returns) == "tuple[str, str]":
                returned = [each for each in ast.walk(node) if isinstance(each, ast.Return)]
                found |= set().union(*(of_a_pair(each.value) for each in returned))
        elif isinstance(node, ast.Assign):
            name = ast.unparse(node.targets[0])
            if name == "code":
                found |= texts(node.value)
            elif name.endswith("CODES") and isinstance(node.value, ast.Dict):
                found |= set().union(*map(texts, node.value.values))
    return found


def given() -> dict[str, str]:
    """Return every code that is given somewhere, and where."""
    found = {}
    for place, tree in TREES.items():
        taking = TAKING
        if not place.startswith("course_utils/"):  # there are others of the same names
            imported = {
                alias.name
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom)
                and (node.module or "").startswith("course_utils")
                for alias in node.names
            }
            taking = {name: at for name, at in TAKING.items() if name in imported}
            if not taking:
                continue
        found |= dict.fromkeys(codes_in(tree, taking), place)
    return found


GIVEN = given()


def test_what_takes_a_code_is_known():
    assert set(TAKING) >= {"Finding", "Problem", "Confusion", "with_finding"}


SEEN = [  # (a line of a source, the codes that are seen in it)
    ('Finding("bad", "Text.")', {"bad"}),
    ('Finding(message="Text.", code="bad")', {"bad"}),
    ('report.Finding("bad" if x else "worse", "Text.")', {"bad", "worse"}),
    ('Finding(f"bad:{x}", "Text.")', {"bad:E"}),
    ("Finding(found.code, found.message)", set()),
    ('Problem("bad", "Text.")', {"bad"}),
    ('Confusion("bad", "Text.", reference)', {"bad"}),
    ('with_finding(report, "bad", "Text.", "W")', {"bad"}),
    ('notes.append(("bad", "Text."))', {"bad"}),
    ('names.append(("bad", "Text."))', set()),
    ('code = "bad"', {"bad"}),
    ('_CODES = {"cut": "bad"}', {"bad"}),
    ('def f() -> tuple[str, str]:\n    return "bad", "Text."', {"bad"}),
]


@pytest.mark.parametrize(("line", "seen"), SEEN, ids=[row[0] for row in SEEN])
def test_a_code_is_seen(line, seen):
    assert codes_in(ast.parse(line), TAKING) == seen


def test_every_code_that_is_given_is_in_the_list():
    missing = {code: place for code, place in GIVEN.items() if codes.find(code) is None}
    assert missing == {}, f"add them to {LIST}, with their meaning"


def test_every_code_in_the_list_is_given_somewhere():
    produced = {known.name for code in GIVEN if (known := codes.find(code))}
    assert [name for name in codes.CODES if name not in produced] == []


def test_every_code_that_a_mistake_must_get_is_in_the_list():
    assert [each for each in tables() if codes.find(each.code) is None] == []


# ---- the list ----------------------------------------------------------------------------


def test_every_code_has_a_name_a_page_and_a_sentence():
    for code in codes.CODES.values():
        assert codes.NAME.fullmatch(code.slug), code
        assert code.name in (code.slug, f"{code.slug}:E"), code
        assert re.fullmatch(r"[A-Z`].*[^.]\.", code.meaning), code
        assert not re.search(r"\. [A-Z]", code.meaning), f"more than one sentence: {code}"
        assert "|" not in code.meaning, f"it does not fit into a table: {code}"
    assert len({code.slug for code in codes.CODES.values()}) == len(codes.CODES)
    assert len({code.meaning for code in codes.CODES.values()}) == len(codes.CODES)
    assert sum(map(len, codes.GROUPS.values())) == len(codes.CODES)


FOUND = [  # (code, its name in the list; "" if it is in none)
    ("transpose", "transpose"),
    ("factor:q", "factor:E"),
    ("factor:-1", "factor:E"),
    ("factor:1/(q*p)", "factor:E"),
    ("factor:(q-1)/q", "factor:E"),
    ("factor:4.5e-07", "factor:E"),
    ("factor:rate", "factor:E"),
    ("factor", ""),
    ("factor:", ""),
    ("factor:two times", ""),
    ("factor:q:p", ""),
    ("transpose:q", ""),
    ("Transpose", ""),
    ("", ""),
]


@pytest.mark.parametrize(("code", "name"), FOUND)
def test_a_code_is_found_or_refused(code, name):
    known = codes.find(code)
    assert (known.name if known else "") == name
    for make in (Finding, lambda code, text: Confusion(code, text, abs)):
        if name:
            assert make(code, "Text.").code == code
        else:
            with pytest.raises(
                ValueError, match=r"is no code of a finding: the list is .*codes\.py"
            ):
                make(code, "Text.")


def test_only_those_are_general_that_say_no_mistake():
    general = [code.name for code in codes.CODES.values() if code.is_general]
    assert general == ["wrong-local", "entries", "shape", "type", "crash", "not-measured"]


# ---- an instructor's own -------------------------------------------------------------------


@pytest.fixture
def nothing_declared(monkeypatch):
    monkeypatch.setattr(codes, "declared", {})


def test_a_declared_code_is_known(nothing_declared):
    codes.declare("mean-for-sum", "The mean stands where the sum belongs.")
    codes.declare("mean-for-sum", "The mean stands where the sum belongs.")  # a cell run again
    assert Finding("mean-for-sum", "Divided once too often.").code == "mean-for-sum"
    assert codes.require("mean-for-sum").meaning == "The mean stands where the sum belongs."
    assert not codes.require("mean-for-sum").is_general


REFUSED = [  # (declared code, what is said)
    ("Mean for sum", "'Mean for sum' is no code: join small letters"),
    ("", "'' is no code"),
    ("factor:E", "is no code"),
    ("transpose", "the code 'transpose' has a meaning already: Axes are exchanged"),
    ("taken", "the code 'taken' has a meaning already: It is taken."),
]


@pytest.mark.parametrize(("code", "said"), REFUSED)
def test_a_code_that_cannot_be_declared_is_refused(nothing_declared, code, said):
    codes.declare("taken", "It is taken.")
    with pytest.raises(ValueError, match=re.escape(said)):
        codes.declare(code, "Something else.")
