"""The program with which the course opens: what it learns, and whose its pieces are."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

from course_utils import ReLU, fill_in, learn_digits
from course_utils.data.digits import load_digits
from course_utils.exercises.registry import find, registry
from tests.gates.solved import fill_in_from_the_solutions

# The function hides its module.
program = importlib.import_module("course_utils.chapters.ch08_capstone.learn_digits")

ALL = ("05_matrix_form", "07_networks", "08_capstone")


@pytest.fixture(autouse=True)
def empty_exercises(tmp_path, monkeypatch):
    """Nothing is filled in, and nothing stays."""
    monkeypatch.setenv("COURSE_UTILS_FILLED_IN", str(tmp_path))
    for slot in registry.values():
        slot.empty()
    yield
    for slot in registry.values():
        slot.empty()


def wrong_sign(ctx, grad_output):
    (X,) = ctx.saved_tensors
    return -grad_output * (X > 0)


WHOSE = [  # (notebooks that are filled in, the pieces that are the learner's)
    ((), 0),
    (("05_matrix_form",), 1),
    (("05_matrix_form", "07_networks"), 7),
    (ALL, 11),
]


@pytest.mark.parametrize(("notebooks", "yours"), WHOSE)
def test_whose_the_pieces_are(notebooks, yours):
    fill_in_from_the_solutions(notebooks)
    learnt = program.train(load_digits())
    assert sum(learnt.yours.values()) == yours, learnt.yours
    for name, own in learnt.yours.items():
        assert own == (find(name).notebook in notebooks), name
    assert program.title(learnt).startswith("All 11" if yours == 11 else f"{yours} of 11")
    assert learnt.accuracies[0] < 0.3
    assert learnt.accuracies[-1] > 0.9


def test_a_wrong_piece_is_not_yours_and_does_no_harm():
    fill_in_from_the_solutions(ALL)
    before = program.train(load_digits())
    wrong_sign.__name__ = "backward"
    fill_in(ReLU)(wrong_sign)
    learnt = program.train(load_digits())
    assert not learnt.yours["ReLU.backward"]
    assert sum(learnt.yours.values()) == 10
    assert np.allclose(learnt.accuracies, before.accuracies, atol=0.02)


def test_it_learns_whatever_the_seed():
    fill_in_from_the_solutions(ALL)
    digits = load_digits()
    ends = [program.train(digits, seed).accuracies[-1] for seed in range(10)]
    assert min(ends) > 0.85
    assert np.median(ends) > 0.93


def test_it_shows_one_figure_and_says_what_is_in_it(monkeypatch):
    shown = []
    monkeypatch.setattr(program, "show", lambda figure, alt: shown.append((figure, alt)))
    learn_digits()
    ((figure, alt),) = shown
    assert "0 of 11 pieces are yours; the others are computed for you." in alt
    words = [text.get_text() for ax in figure.subfigs[1].axes for text in ax.texts]
    assert words[::2] == list(program.PIECES)
    assert set(words[1::2]) == {"computed for you"}


def test_nothing_is_trained_while_a_notebook_is_graded(monkeypatch, capsys):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    monkeypatch.setattr(program, "train", None)
    learn_digits()
    assert "while the notebook is graded" in capsys.readouterr().out
