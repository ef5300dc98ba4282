"""Mistakes are counted by their codes, and what is taught next is what several students share."""

from __future__ import annotations

import pytest

from autograde.authoring.mistakes import tables
from autograde.reporting.mistakes import mistakes_of, taught, teach_next
from course_utils.checker import codes
from tests.autograde.reporting.classes import PLAIN, TWELVE, entry, group


def test_a_class_of_twelve():
    found = {each.code: each for each in mistakes_of(group(*TWELVE))}
    assert {code: (len(each.students), each.count) for code, each in found.items()} == {
        "transpose": (4, 4),
        "shape": (3, 3),
        "factor:2": (2, 2),
        "not-filled-in": (1, 2),
        "factor:q": (1, 1),
    }
    assert found["transpose"].students == ("s04", "s05", "s07", "s10")
    assert found["transpose"].exercises == {"1.2: b": 3, "1.1: a": 1}
    assert found["factor:q"].section == "docs/diagnoses.md#factor"
    assert "01_jacobians" in found["transpose"].taught


def test_taught_next_is_what_has_a_name_and_is_shared():
    """Neither a shape nor a missing answer says what to teach; one student is no class."""
    taught_next = teach_next(mistakes_of(group(*TWELVE)))
    assert [each.code for each in taught_next] == ["transpose", "factor:2"]


def test_it_is_three_at_most():
    names = ["transpose", "factor:2", "reshape", "zero"]
    rows = [(f"{name}{i}", (0, name)) for n, name in enumerate(names) for i in range(5 - n)]
    found = teach_next(mistakes_of(group(*rows, questions=(PLAIN,))))
    assert [(each.code, len(each.students)) for each in found] == [
        ("transpose", 5),
        ("factor:2", 4),
        ("reshape", 3),
    ]


def test_the_course_s_own_mistakes_are_counted_by_their_names():
    """All of a notebook: one student each, who made one."""
    mistakes = [each for each in tables() if each.table == "m01_jacobians"]
    assert len(mistakes) > 12
    rows = [(f"s{i}", (0, each.code)) for i, each in enumerate(mistakes)]
    found = mistakes_of(group(*rows, questions=(PLAIN,)))
    by_hand: dict[str, int] = {}
    for each in mistakes:
        by_hand[each.code] = by_hand.get(each.code, 0) + 1
    assert {each.code: each.count for each in found} == by_hand
    assert all(each.section for each in found)


WITHOUT_A_NAME = [
    *[("wrong", "(no name)"), ("passed", "(no name)"), ("error", "(error)")],
    *[("timeout", "(timeout)"), ("", "(not kept)")],
]


@pytest.mark.parametrize(("verdict", "said"), WITHOUT_A_NAME)
def test_what_has_no_name_is_counted_by_its_verdict(verdict, said):
    made = group(("s01", 2), questions=(PLAIN,))
    made.entries["s01"]["a-check"] = entry("s01", PLAIN, 0, verdict=verdict)
    (only,) = mistakes_of(made)
    assert (only.code, only.section, only.teachable) == (said, "", False)


def test_every_code_has_a_section_that_says_where_it_is_taught():
    assert {known.slug for known in codes.CODES.values()} <= taught().keys()
    assert all(taught().values())
