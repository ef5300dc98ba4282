"""What is another than in the last report."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from autograde.reporting.changes import Changes, changes, changes_since_last, found_in
from tests.autograde.reporting.classes import TWELVE, group

SINCE = "2030-01-02 03:04 UTC"


def with_rows(**rows):
    return group(*[(each[0], *rows.get(each[0], each[1:])) for each in TWELVE])


def test_each_step_is_counted():
    before = found_in(with_rows(s01=(None, None, None)))
    now = with_rows(s04=(2, 3, 2), s07=(2, 3, 4), s12=(None, None, None))
    assert changes(now, before, SINCE) == Changes(
        SINCE,
        new=1,
        gone=1,
        exercises={"1.1: a": {"wrong -> right": 1}, "1.2: b": {"partly -> right": 1}},
        mistakes={
            "not-filled-in": (2, 0),
            "transpose": (4, 2),
        },
    )


def test_the_same_class_has_not_changed():
    found = changes(group(*TWELVE), found_in(group(*TWELVE)), SINCE)
    assert (found.any, found.since) == (False, SINCE)


@pytest.fixture
def course(tmp_path):
    return SimpleNamespace(root=tmp_path)


def test_a_report_is_compared_with_the_last_one(course):
    when = datetime(2030, 1, 2, 3, 4, tzinfo=UTC)
    assert changes_since_last(course, group(*TWELVE), when) == Changes()
    second = changes_since_last(course, with_rows(s04=(2, 3, 2)), when)
    assert second.exercises == {"1.2: b": {"partly -> right": 1}}
    assert not changes_since_last(course, with_rows(s04=(2, 3, 2)), when).any


@pytest.mark.parametrize("content", ["", "[]", '{"at": 1}', '{"at": 1, "found": 3}'])
def test_a_damaged_record_counts_as_none(course, content):
    path = course.root / "autograde" / "reports" / "01_jacobians.json"
    path.parent.mkdir(parents=True)
    path.write_text(content)
    when = datetime(2030, 1, 2, tzinfo=UTC)
    assert changes_since_last(course, group(*TWELVE), when) == Changes()
