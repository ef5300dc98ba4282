"""An exercise is written where every branch of its forward is reached, or when it is told to."""

from __future__ import annotations

import argparse
from types import SimpleNamespace

import numpy as np
import pytest

from autograde.base.errors import DIFFERENT, OK
from autograde.commands import exercise as command
from course_utils import Function
from course_utils.exercises.registry import exercise, registry


class Bent(Function):
    """A square, and a branch that nothing gets into but where `reached` says so."""

    @staticmethod
    def make_inputs(rng, q=3, n=4):
        return (rng.normal(size=(q, n)),)


FORWARDS = {  # what forward computes, whether a branch of it is never reached
    "reached": (lambda ctx, X: np.where(X > 0, X**2, 3 * X), False),
    "unreached": (lambda ctx, X: np.where(np.tanh(X) > 2, 3 * X, X**2), True),
}


@pytest.mark.parametrize("allow", [False, True])
@pytest.mark.parametrize("forward", FORWARDS)
def test_a_branch_that_no_input_reaches(tmp_path, monkeypatch, capsys, forward, allow):
    compute, unreached = FORWARDS[forward]
    exercise("09_bent", "9.1")(type("Bent", (Bent,), {"forward": staticmethod(compute)}))
    slot = registry.pop("Bent.backward")
    for name, found in (("find_added", slot), ("tried_on", []), ("measured_on", [])):
        monkeypatch.setattr(command, name, lambda _, found=found: found)
    course = SimpleNamespace(root=tmp_path, solutions=tmp_path / "solutions")
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)

    status = command.run(course, parser.parse_args(["Bent", *["--allow-unreached"][: int(allow)]]))
    said = capsys.readouterr().out
    written = (course.solutions / "09_bent" / "09_bent.ipynb").exists()
    refused = unreached and not allow
    assert (status, written) == ((DIFFERENT, False) if refused else (OK, True)), said
    assert ("No input reached" in said) == unreached, said
    assert ("--allow-unreached" in said) == refused, said
