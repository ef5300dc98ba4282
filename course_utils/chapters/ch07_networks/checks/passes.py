"""What the passes of a training say of a mistake in it.

What goes into a network and what comes back to it tells more than where the parameters end: the
targets of other rows, a loss that is another one, a gradient that has been scaled.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.chapters.ch07_networks.checks.recorded import Pass
from course_utils.checker.evidence import same
from course_utils.checks.methods import Note

Other = tuple[Note, Callable[[Array, Array], Any]]
"""What may go back in place of the loss's gradient, of the output and the targets."""


@dataclass(frozen=True)
class Training:
    """What the passes of a training should be.

    Attributes
    ----------
    X, T : ndarray
        All samples, and their targets.
    batches : list of ndarray of int
        The rows of each step.
    rate : float
    slope : callable
        ``slope(output, targets)`` is the gradient of the loss with respect to the output.
    others : sequence of Other
        With what is said of them.
    """

    X: Array
    T: Array
    batches: Sequence[Any]
    rate: float
    slope: Callable[[Array, Array], Array]
    others: Sequence[Other]


def what_is_off(training: Training, passes: Sequence[Pass], after: list[Array]) -> Note | None:
    """Return what the first pass that is not as it should be shows, if it can be said.

    Parameters
    ----------
    after : list of ndarray
        The parameters at the end.
    """
    if not passes:
        return (
            "not-accumulated",
            "The network's backward is not called: nothing is added to any `.grad`.",
        )
    if len(passes) > len(training.batches):
        return _on_their_number(training, passes)
    for number, (each, rows) in enumerate(zip(passes, training.batches, strict=False)):
        note = _on_one(training, each, rows, number)
        if note is not None:
            return note
    return (
        _on_their_number(training, passes)
        or _on_moves(training, passes, after)
        or _on_what_was_held(passes)
    )


# ------------------------------------------------------------------ what went in and came back


def _on_one(training: Training, each: Pass, rows: Any, number: int) -> Note | None:
    found = _rows_of(training.X, each.given)
    if found is None:
        return (
            "wrong-input",
            "What the network is given are not rows of X: they are changed on the way.",
        )
    right = training.slope(each.output, training.T[found])
    if each.upstream.shape != right.shape:
        return None
    if same(each.upstream, right):
        return _on_rows(training, found, rows, number)
    return _on_upstream(training, each, found, right)


def _rows_of(X: Array, given: Array) -> list[int] | None:
    """Find the rows of X in what the network was given."""
    if given.ndim != 2 or given.shape[1] != X.shape[1]:
        return None
    places = [np.flatnonzero((row == X).all(axis=1)) for row in given]
    return [int(place[0]) for place in places] if all(map(len, places)) else None


def _on_rows(training: Training, found: list[int], rows: Any, number: int) -> Note | None:
    if sorted(found) == sorted(int(row) for row in rows):
        return None
    if len(found) == len(training.X) > len(rows):
        return (
            "whole-batch",
            "A step is along the gradient of all samples, and not of its batch.",
        )
    if len(found) == 1:
        return (
            "one-sample",
            f"A step is made with one sample, where its batch has {len(rows)} of them.",
        )
    return (
        "wrong-input",
        f"Step {number + 1} is not made with the rows of batch {number + 1}, or not with all of "
        "them.",
    )


def _on_upstream(training: Training, each: Pass, found: list[int], right: Array) -> Note | None:
    for note, other in training.others:
        if same(each.upstream, other(each.output, training.T[found])):
            return note
    ratio = float(np.vdot(right, each.upstream) / np.vdot(right, right))
    if ratio and same(each.upstream, ratio * right):
        text = _spelled(ratio, training, len(found))
        if text:
            return (
                f"factor:{text.split()[0]}",
                f"What goes back into the network is {text} times the gradient of the loss with "
                "respect to the network's output.",
            )
    if _of_other_targets(training, each):
        return (
            "wrong-input",
            "The targets are not those of the rows that the network is given. The same rows have "
            "to be taken of both, in the same order.",
        )
    return None


def _of_other_targets(training: Training, each: Pass) -> bool:
    """Tell whether every row goes back as it would for the target of some row."""
    everywhere = [
        training.slope(each.output, np.tile(target, (len(each.output), 1))) for target in training.T
    ]
    return all(
        any(same(row, slope[i]) for slope in everywhere) for i, row in enumerate(each.upstream)
    )


# ------------------------------------------------------------------ how the parameters moved


def _on_their_number(training: Training, passes: Sequence[Pass]) -> Note | None:
    steps, wanted = len(passes), len(training.batches)
    if steps == wanted:
        return None
    if steps < wanted:
        return ("missing-term", f"There are {wanted} batches, and backward is called for {steps}.")
    moved = [
        sum(not np.array_equal(a, b) for a, b in zip(one.data, later.data, strict=True))
        for one, later in itertools.pairwise(passes)
    ]
    if steps == wanted * len(passes[0].data) and max(moved) == 1:
        return (
            "wrong-point",
            "The parameters are moved one after the other, each along a gradient of its own: that "
            "of the later ones is taken where the earlier ones have moved already.",
        )
    return (
        "counted-twice",
        f"Backward is called {steps} times, where {wanted} would do: once for each step.",
    )


def _on_moves(training: Training, passes: Sequence[Pass], after: list[Array]) -> Note | None:
    points = [*(each.data for each in passes), after]
    moves = [
        [a - b for a, b in zip(one, later, strict=True)]
        for one, later in itertools.pairwise(points)
    ]
    if not all(any(map(np.any, move)) for move in moves):
        return (
            "no-step",
            "After a backward the parameters stay where they are: every batch makes a step of its "
            "own.",
        )
    resting = [not np.any(move) for move in zip(*moves, strict=True)]
    if any(resting):
        which = "first" if not resting[0] else "last"
        return (f"only-{which}", f"Only the {which} of the parameters moves.")
    ratios = [_ratio(move, each.added) for move, each in zip(moves, passes, strict=True)]
    if any(ratio is None for ratio in ratios):
        return _on_lag(training, passes, moves)
    return _on_ratios(training, [float(ratio or 0.0) / training.rate for ratio in ratios])


def _ratio(move: list[Array], gradient: list[Array]) -> float | None:
    one, other = (np.concatenate([np.ravel(x) for x in each]) for each in (move, gradient))
    ratio = float(one @ other) / float(other @ other)
    return ratio if same(one, ratio * other) else None


def _on_lag(
    training: Training, passes: Sequence[Pass], moves: Sequence[list[Array]]
) -> Note | None:
    pairs = list(zip(moves[1:], passes, strict=False))
    if pairs and all(_ratio(move, before.added) is not None for move, before in pairs):
        return (
            "stale",
            "A step is along the gradient of the batch before: descend comes before backward.",
        )
    return None


def _on_ratios(training: Training, ratios: Sequence[float]) -> Note | None:
    """Tell by how much the steps are too long, each a multiple of its gradient."""
    if not all(same(np.array(ratio), np.array(ratios[0])) for ratio in ratios):
        sizes = [len(rows) for rows in training.batches]
        texts = {_spelled(*each) for each in zip(ratios, itertools.repeat(training), sizes)}
        text = texts.pop()
        if not text or texts:
            return (
                "no-rate",
                "The steps are along the right gradients, and their rate changes from one to the "
                "next.",
            )
    else:
        text = _spelled(ratios[0], training, len(training.batches[0]))
    if not text or text == "1":
        return None
    return f"factor:{text.split()[0]}", f"The steps are {text} times as long as they should be."


def _spelled(ratio: float, training: Training, m: int) -> str:
    """Write a factor as the codes do, with what its letters mean; "" for one that has no name."""
    (q, p), steps = training.T.shape, len(training.batches)
    values = {
        "1": 1.0, "-1": -1.0, "2": 2.0, "1/2": 0.5, "rate": training.rate,
        "m": m, "1/m": 1 / m, "m/2": m / 2, "m/p": m / p, "m/q": m / q, "q/m": q / m,
        "q": q, "1/q": 1 / q, "p": p, "1/p": 1 / p, "B": steps, "1/B": 1 / steps,
    }  # fmt: skip
    if m == q:
        values = {text.replace("m", "q"): value for text, value in values.items()}
    text = next((t for t, value in values.items() if same(np.array(ratio), np.array(value))), "")
    meant = {"m": "m rows in the batch", "q": "q in all", "p": "p outputs", "B": "B batches"}
    said = [what for letter, what in meant.items() if letter in text]
    return f"{text} ({', '.join(said)})" if said else text


def _on_what_was_held(passes: Sequence[Pass]) -> Note | None:
    if not any(np.any(grad) for each in passes for grad in each.held):
        return None
    return (
        "not-zeroed",
        "When backward is called, `.grad` still holds something of before, and that becomes part "
        "of the step.",
    )
