"""Exercises that a test marks for itself."""

from __future__ import annotations

import pytest

from course_utils.exercises.registry import registry


@pytest.fixture
def only_here(monkeypatch):
    """What is marked here is no exercise of the course, and nothing is saved."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    before = dict(registry)
    yield
    registry.clear()
    registry.update(before)
