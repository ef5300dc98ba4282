"""Whose answers are alike, and whose are only right."""

from __future__ import annotations

import pytest

from autograde.reporting.alike import alike, code_tokens, most_shared
from tests.autograde.reporting.classes import BY_HAND, PLAIN, group

STUB = "def a(x):"
LONG = f"""{STUB}
    total = 0.0
    for row in range(len(x)):
        for column in range(len(x[row])):
            if x[row][column] > 0.5:
                total = total + 3.0 * x[row][column] ** 2
    # the mean
    return total / len(x)"""
RENAMED = (
    LONG.replace("total", "s").replace("row", "i").replace("column", "j").replace("# the mean", "#")
)
OTHER = f"""{STUB}
    large = np.where(x > 0.5, x, 0.0)
    squares = 3.0 * np.square(large).sum(axis=1)
    weights = np.full(len(squares), 1.0 / len(squares))
    answer = np.dot(weights, squares)
    return float(answer)"""
CASES = [  # (what it is, what each student wrote, the pairs)
    ("the same", [LONG, LONG, OTHER], [("s0", "s1", 1.0)]),
    ("other names and comments", [LONG, OTHER, RENAMED], [("s0", "s2", 1.0)]),
    ("another way", [LONG, OTHER], []),
    ("three of one", [LONG, RENAMED, LONG], [("s0", "s1", 1), ("s0", "s2", 1), ("s1", "s2", 1)]),
    ("what four wrote is everybody's", [LONG, RENAMED, LONG, LONG], []),
    ("short, as right answers are", [f"{STUB}\n    return 2 * x @ W.T"] * 2, []),
    ("only the given text", [STUB] * 2, []),
    (
        "no Python",
        [f"{STUB}\n    x = = 2 (" + " + ".join(map(str, range(20)))] * 2,
        [("s0", "s1", 1)],
    ),
]


@pytest.mark.parametrize(("written", "pairs"), [pytest.param(*row, id=n) for n, *row in CASES])
def test_pairs(written, pairs):
    made = group(*((f"s{i}", 2) for i in range(len(written))), questions=(PLAIN,))
    made.answers = {f"s{i}": {"a": text} for i, text in enumerate(written)}
    found = [(each.one, each.other, each.share) for each in alike(made)]
    assert found == pairs


def test_derivations_are_compared_as_words():
    text = "Since the layer is linear, its slope with respect to every input is a weight; " * 2
    text += "adding up over all outputs, weighted by what arrives from above, gives the product."
    made = group(("s0", 4), ("s1", 4), questions=(BY_HAND,))
    made.answers = {"s0": {"why": text}, "s1": {"why": text.upper()}}
    assert [(each.one, each.other, each.share) for each in alike(made)] == [("s0", "s1", 1.0)]


def test_names_of_others_stay():
    assert code_tokens("y = np.exp(x)") == ["_", "=", "np", ".", "exp", "(", "x", ")"]
    assert code_tokens("y = np.exp(x)") != code_tokens("y = np.log(x)")


@pytest.mark.parametrize(("students", "most"), [(2, 3), (12, 3), (40, 4), (150, 15)])
def test_what_more_share_than_would_copy_counts_for_nobody(students, most):
    assert most_shared(students) == most
