"""What docs/checker.md shows is what happens."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", ["checker.md"])
def test_the_examples_of_a_page(name):
    found = doctest.testfile(
        str(ROOT / "docs" / name), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE
    )
    assert found.attempted > 8
    assert found.failed == 0
