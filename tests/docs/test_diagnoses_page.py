"""docs/diagnoses.md is what the checker says, and has a section for every code."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from course_utils.checker import codes

ROOT = Path(__file__).resolve().parents[2]
MADE = runpy.run_path(str(ROOT / "docs" / "diagnoses.py"))
PAGE = MADE["PAGE"].read_text(encoding="utf-8")


def test_the_page_is_of_the_checker_as_it_is():
    assert MADE["page"]() == PAGE, "write it again: python3 course.py run python docs/diagnoses.py"


def test_every_code_has_a_section_and_a_usual_cause():
    slugs = [code.slug for code in codes.CODES.values()]
    assert re.findall(r"^### (.+)$", PAGE, re.MULTILINE) == slugs
    assert [slug for slug in slugs if slug not in MADE["CAUSES"]] == []
    assert PAGE.count("*Where it is taught.* `0") == len(slugs)


@pytest.mark.parametrize("slug", MADE["EXAMPLES"])
def test_an_example_has_the_code_that_it_is_for(slug):
    report = MADE["report_of"](slug)
    assert codes.require(report.code).slug == slug, report.text()


# What shows at any numbers, and not in the numbers themselves.
WITHOUT_NUMBERS = {
    *("count", "dtype-int", "dtype-float32", "dtype-object", "type", "crash", "overflow"),
    *("mutates-input", "mutates-upstream", "stateful", "nondeterministic", "alias"),
}


@pytest.mark.parametrize("slug", MADE["EXAMPLES"])
def test_an_example_can_be_redone_by_hand(slug):
    first = MADE["report_of"](slug).findings[0]
    assert (first.example is not None) == (slug not in WITHOUT_NUMBERS)
