"""What a person should look at stands in the table of a grading run, and costs nothing."""

from __future__ import annotations

import copy

from autograde.cli import main
from autograde.workers.run import scores

NAME = "00_fixture"
FILE = f"{NAME}.ipynb"

STEPPED = """
import numpy as np
from course_utils import Sine, fill_in

@fill_in(Sine)
def backward(ctx, grad_output):
    (x,) = ctx.saved_tensors
    return grad_output * np.sin(x + 1e-30j).imag / 1e-30

def double(x):
    return 2 * x
"""


def test_a_complex_step_is_told_of(course, hand_in, solved, find, capsys):
    nb = copy.deepcopy(solved)
    find(nb, "double").source = STEPPED
    hand_in("ana", {FILE: nb})
    assert main(["--root", str(course.root), "grade", NAME]) == 0
    printed = capsys.readouterr().out
    assert "look at cell double: the answer to Sine.backward computes with complex" in printed
    assert scores(course, NAME, "ana").auto_score == 5
