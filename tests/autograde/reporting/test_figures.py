"""The numbers of each exercise are those that one computes by hand."""

from __future__ import annotations

from math import sqrt

import pytest

from autograde.reporting.figures import FEWEST, discrimination, figures_of
from tests.autograde.reporting.classes import BY_HAND, OTHER, PLAIN, TWELVE, group


def test_a_class_of_twelve():
    plain, other, by_hand = figures_of(group(*TWELVE))
    assert plain.counts == {"right": 6, "partly": 0, "wrong": 6, "blank": 0, "not graded": 0}
    assert other.counts == {"right": 6, "partly": 3, "wrong": 3, "blank": 0, "not graded": 0}
    assert by_hand.counts == {"right": 4, "partly": 4, "wrong": 4, "blank": 0, "not graded": 0}
    assert plain.mean_share == pytest.approx(12 / 24)
    assert other.mean_share == pytest.approx(21 / 36)
    assert by_hand.mean_share == pytest.approx(24 / 48)
    assert by_hand.marks == {"0": 4, "2": 4, "4": 4}
    assert other.marks == {"0": 3, "1": 3, "3": 6}


A, B = (PLAIN, OTHER)
TELLS = [  # (what it is, scores in the one and in the other of so many students, what comes out)
    ("the strong are right", [(2, 3)] * 5 + [(0, 0)] * 5, 1.0),
    ("the weak are right", [(2, 0)] * 5 + [(0, 3)] * 5, -1.0),
    ("it tells nothing", [(2, 3), (2, 0), (0, 3), (0, 0)] * 3, 0.0),
    # (6 * 3 - 0 * 3) / sqrt(6 * 6 * 9 * 3), the coefficient of a table of four
    ("a part", [(2, 3)] * 6 + [(0, 3)] * 3 + [(0, 0)] * 3, 1 / sqrt(3)),
    ("too few", [(2, 3)] * 5 + [(0, 0)] * 4, f"fewer than {FEWEST} students"),
    ("all right", [(2, 3)] * 5 + [(2, 0)] * 5, "all have the same score"),
    ("all others right", [(2, 3)] * 5 + [(0, 3)] * 5, "all have the same score"),
    ("nothing beside it", [(2, 3)] * 9 + [(0, None)], "no other exercise is graded for all"),
]


@pytest.mark.parametrize(("scores", "found"), [pytest.param(*row, id=n) for n, *row in TELLS])
def test_discrimination(scores, found):
    made = group(*((f"s{i}", *each) for i, each in enumerate(scores)), questions=(A, B))
    value, why = discrimination(made, A)
    if isinstance(found, str):
        assert (value, why) == (None, found)
    else:
        assert (value, why) == (pytest.approx(found), "")


def test_a_derivation_has_no_mean_before_all_are_marked():
    rows = [("s01", 2, 3, 4), ("s02", 2, 3, None), ("s03", 2, 3, 0)]
    *_, by_hand = figures_of(group(*rows))
    assert (by_hand.mean_share, by_hand.undefined) == (None, "not all are marked")
    assert by_hand.counts["not graded"] == 1
    assert by_hand.marks == {"0": 1, "4": 1}
    assert by_hand.name == BY_HAND.name
