"""The code says it in the field's words: a gradient is taken with respect to something."""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from collections.abc import Iterator

import pytest

from tests.sources import PACKAGES, ROOT, sources

TAKEN = r"\b(gradient|derivative|jacobian|slope|hessian|curvature|differentiate|differentiated)s?"
OF_SOMETHING = r"( of( [^\s,.;:]+){1,4})?"
NOT_A_WAY_TO_IT = (
    r"(?! (entry\b|hand\b|the chain rule\b|that of\b|one evaluation\b"
    r"|(\w+ )?(real|complex|finite|central|numerical)\b))"
)
WORDS = [  # (how it is not said, how it is)
    (TAKEN + OF_SOMETHING + r" by\b" + NOT_A_WAY_TO_IT, "with respect to"),
]
NAMES = [(r"(?:.*_)?by_[a-zA-Z]", "grad_x or jacobian_x")]


def said(text: str) -> list[str]:
    """Return what a text says in other words than the field's."""
    plain = " ".join(text.split())
    return [
        f"{match[0]!r}: say {better!r}"
        for pattern, better in WORDS
        for match in re.finditer(pattern, plain, re.IGNORECASE)
    ]


def texts_of(source: str) -> Iterator[tuple[str, str]]:
    """Yield the texts of a file, each after what it is; comments count as docstrings."""
    tree = ast.parse(source)
    alone = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield "docstrings" if node in alone else "messages", node.value
    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    comments = [each.string.lstrip("# ") for each in tokens if each.type == tokenize.COMMENT]
    yield "docstrings", " ".join(comments)


def named(source: str) -> list[str]:
    """Return the names in a file that say it."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    names = {token.string for token in tokens if token.type == tokenize.NAME}
    return [
        f"{name}: say {better}"
        for name in sorted(names)
        for pattern, better in NAMES
        if re.fullmatch(pattern, name)
    ]


def found_in(source: str) -> dict[str, list[str]]:
    """Return what is found in a file, by what it stands in."""
    found: dict[str, list[str]] = {"names": named(source)}
    for kind, text in texts_of(source):
        found[kind] = found.get(kind, []) + said(text)
    return {kind: each for kind, each in found.items() if each}


def everywhere() -> dict[tuple[str, str], list[str]]:
    """Return what is found in the project, by the folder and by what it stands in."""
    found: dict[tuple[str, str], list[str]] = {}
    for place, source in sources(*PACKAGES, "benchmarks").items():
        folder = "/".join(place.split("/")[:2])
        for kind, each in found_in(source).items():
            found.setdefault((folder, kind), []).extend(f"{place}: {what}" for what in each)
    for path in sorted((ROOT / "solutions").glob("*/*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        each = [what for cell in cells for what in said("".join(cell["source"]))]
        found.setdefault(("solutions", "notebooks"), []).extend(each)
    for path in sorted((ROOT / "docs").glob("*.md")):
        found.setdefault(("docs", "pages"), []).extend(said(path.read_text(encoding="utf-8")))
    return {where: each for where, each in found.items() if each}


SAID = [  # (a text, whether it is in the field's words)
    ("the gradient by W", False),
    ("Gradients by the inputs", False),
    ("the derivative of the loss by b", False),
    ("the gradient of the last node by this one", False),
    ("the gradient\n    by its input", False),
    ("the Jacobian of y = z W by z", False),
    ("differentiated by x", False),
    ("inputs to differentiate by.", False),
    ("the gradient with respect to W", True),
    ("the gradient is off by more than rounding", True),
    ("gradients measured entry by entry", True),
    ("each gradient entry by entry", True),
    ("the slope by central differences", True),
    ("the derivative of `f` along `d` by one complex evaluation", True),
    ("you will derive gradients by hand", True),
    ("the gradients by handle", False),
    ("the gradients, by the name of the input", True),
]


@pytest.mark.parametrize(("text", "right"), SAID, ids=[row[0] for row in SAID])
def test_other_words_are_seen(text, right):
    assert (said(text) == []) is right


def test_they_are_seen_where_they_stand():
    source = (
        '"""The gradient by x."""\n'
        "by_W = 1  # the slope by x\n"
        'raise ValueError(f"the gradient by {by_W}, and by {by_input}")\n'
    )
    found = found_in(source)
    assert {kind: len(each) for kind, each in found.items()} == {
        "docstrings": 2,
        "messages": 1,
        "names": 1,
    }


def test_the_field_s_words_are_used():
    assert everywhere() == {}
