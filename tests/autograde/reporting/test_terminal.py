"""What is printed, and what is written for machines."""

from __future__ import annotations

import json

from autograde.reporting.alike import Pair
from autograde.reporting.terminal import as_text
from tests.autograde.reporting.classes import TWELVE, group, report


def row_of(text, start):
    return next(line.split() for line in text.splitlines() if line.startswith(start))


def test_a_class_of_twelve():
    text = as_text(report(group(*TWELVE)), names=False)
    assert text.startswith("01_jacobians: 12 handed in of 12 in the gradebook, 12 graded (2030")
    # The rest is 7, 7, 5, 3, 1, 1 of whoever is right and 7, 7, 5, 2, 0, 0 of the others, so the
    # correlation is (24 - 21) / sqrt(12 * (261 - 45**2 / 12)).
    assert row_of(text, "1.1: a ")[2:] == ["6", "6", "50%", "0.09"]
    assert row_of(text, "1.2: b ")[2:5] == ["6", "3", "3"]
    assert row_of(text, "transpose ")[-2:] == ["4", "4"]
    assert "1. transpose (4 of 12 students, in 1.2: b; 1.1: a): Axes are exchanged" in text
    assert "2. factor:2 (2 of 12 students" in text
    assert "4 x 0, 4 x 2, 4 x 4" in text
    assert "This is the first report." in text
    assert "s01" not in text


def test_names_only_if_asked_and_on_one_line():
    made = report(group(("a\nb", 0, 3, 4), ("c", 0, 3, 4)), pairs=[Pair("a\nb", "c", 0.9)])
    text = as_text(made, names=True)
    assert "a\\nb, c" in text
    assert "a\\nb and c: 90%" in text


def test_machines_read_the_same():
    made = report(group(*TWELVE), pairs=[Pair("s01", "s02", 0.9)])
    found = json.loads(json.dumps(made.as_dict(names=False)))
    assert "s01" not in json.dumps(found)
    assert found["teach_next"] == ["transpose", "factor:2"]
    assert found["exercises"][1]["counts"]["partly"] == 3
    assert found["alike"] == [{"share": 0.9}]
    named = made.as_dict(names=True)
    assert named["students"]["s04"]["b-check"]["code"] == "transpose"
    assert named["alike"] == [{"one": "s01", "other": "s02", "share": 0.9}]
