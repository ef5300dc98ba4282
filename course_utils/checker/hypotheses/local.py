"""The formula of the derivative itself: a factor forgotten, a term forgotten, the wrong point.

Where the output has the input's shape and each entry depends on one entry, the
local derivative is received / grad_output, and can be looked at by itself.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.checker.evidence import Evidence, Failure, GradientEvidence, Projection, same
from course_utils.checker.report import Finding
from course_utils.checker.trials import Trial


def _is_elementwise(evidence: GradientEvidence, f: Failure) -> bool:
    x, g = f.trial.inputs[evidence.k], f.trial.upstream
    if x.shape != g.shape:
        return False
    # Each output moves with its own input only, by the local derivative.
    projection = evidence.projection(f)
    return same(projection.slope(), f.expected / g * projection.direction)


def elementwise(evidence: GradientEvidence) -> Finding | None:
    """Name what stands in place of an elementwise operation's derivative."""
    few = evidence.few()
    name = evidence.label
    itself = Finding(
        "missing-local", f"{name} is grad_output itself: the operation's own derivative is missing."
    )
    if evidence.every(lambda f: f.trial.upstream) and evidence.failures[0].expected.size > 1:
        return itself
    if not all(_is_elementwise(evidence, f) for f in few):
        return None
    slopes = [f.received / f.trial.upstream for f in evidence.failures]
    if all(same(s, np.ones(s.shape)) for s in slopes):
        return itself
    if all(same(s, f.trial.output) for s, f in zip(slopes, evidence.failures, strict=True)):
        return Finding(
            "missing-local",
            f"{name} multiplies grad_output by the output of the operation, "
            "not by its derivative: nothing was differentiated.",
        )
    if all(same(s, np.full(s.shape, s.flat[0])) for s in slopes) and slopes[0].size > 1:
        return Finding(
            "missing-local",
            f"{name} multiplies grad_output by the same number everywhere: "
            f"the derivative here depends on {evidence.name}.",
        )
    return _only_positive(evidence) or _wrong_point(evidence, few)


def _wrong_point(evidence: GradientEvidence, few: list[Failure]) -> Finding | None:
    """Compare with the derivative at the output, and with formulas for the output used on x."""

    def shifted(f: Failure) -> tuple[Array, ...]:
        y = f.trial.output
        return tuple(y if j == evidence.k else x for j, x in enumerate(f.trial.inputs))

    def at_output(f: Failure) -> bool:
        return evidence.projection(f).is_gradient(shifted(f))

    def from_output(f: Failure) -> bool:
        # Give the learner's code y where it expects x: a formula in y is right there.
        again = evidence.ask(f.trial, shifted(f))
        return again is not None and same(again, f.expected)

    generic = [f for f in few if f.trial.kind != "large"]
    if generic and all(at_output(f) for f in generic):
        text = "at the output, where the input belongs"
    elif generic and all(from_output(f) for f in generic):
        text = "at the input, where the output belongs"
    else:
        return None
    return Finding(
        "wrong-point",
        f"{evidence.label} has the right formula, but evaluates it {text}.",
    )


def _only_positive(evidence: GradientEvidence) -> Finding | None:
    def claim(f: Failure) -> bool:
        x = f.trial.inputs[evidence.k]
        wrong = f.comparison.wrong
        return not np.any(wrong & (x > 0)) and bool(np.any(wrong)) and bool(np.any(x > 0))

    positive = [f for f in evidence.failures if np.any(f.trial.inputs[evidence.k] > 0)]
    negative = sum(  # of zeros nothing can be told
        int(np.sum((f.trial.inputs[evidence.k] < 0) & (f.expected != 0))) for f in positive
    )
    wrong = sum(int(np.sum(f.comparison.wrong)) for f in positive)
    if negative and wrong >= 0.95 * negative and all(claim(f) for f in positive):
        return Finding(
            "only-positive",
            f"{evidence.label} is right where {evidence.name} is positive; what is wrong is where "
            f"{evidence.name} is negative.",
        )
    return None


def as_if_zero(evidence: GradientEvidence) -> Finding | None:
    """Report an input that takes part as if it were zero."""
    for j, name in enumerate(evidence.subject.names):
        if all(not np.any(f.trial.inputs[j]) for f in evidence.failures):
            continue

        def claim(trial: Trial, j: int = j) -> tuple[Any, Any]:
            inputs = trial.inputs
            return tuple(np.zeros(x.shape) if i == j else x for i, x in enumerate(inputs)), None

        if evidence.every_projection(claim):
            x, out = evidence.failures[0].trial.inputs[j], evidence.failures[0].trial.output
            small = name.startswith("b") and (x.ndim < max(out.ndim, 2) or 1 in x.shape)
            message = (
                f"{evidence.label} is what it would be with {name} = 0: "
                f"{name} is left out somewhere."
            )
            return Finding(
                "only-b0" if small and j in evidence.subject.wrt else "missing-term", message
            )
    return None


def as_if_one(evidence: GradientEvidence) -> Finding | None:
    """Report an input that takes part as if it were all ones: a factor that was forgotten."""
    for j, name in enumerate(evidence.subject.names):

        def claim(trial: Trial, j: int = j) -> tuple[Any, Any]:
            inputs = trial.inputs
            return tuple(np.ones(x.shape) if i == j else x for i, x in enumerate(inputs)), None

        if evidence.every_projection(claim):
            return Finding(
                "missing-local",
                f"{evidence.label} is what it would be if {name} were all ones: as a factor it is "
                "left out.",
            )
    return None


def another_input(evidence: GradientEvidence) -> Finding | None:
    """Report an input that stands in another one's place."""
    names = evidence.subject.names
    inputs = evidence.failures[0].trial.inputs
    alike = [
        (a, b)
        for a, b in itertools.permutations(range(len(inputs)), 2)
        if inputs[a].shape == inputs[b].shape and inputs[a].size > 1
    ]
    for a, b in alike:
        if evidence.every_projection(lambda trial, a=a, b=b: (_put(trial, {a: b}), None)):  # type: ignore[misc]
            return Finding(
                "wrong-input",
                f"{evidence.label} uses {names[b]} in the place of {names[a]}.",
            )
    for a, b in alike:
        if a < b and evidence.every_projection(
            lambda trial, a=a, b=b: (_put(trial, {a: b, b: a}), None)  # type: ignore[misc]
        ):
            return Finding(
                "wrong-input",
                f"{evidence.label} is what it would be with {names[a]} and {names[b]} exchanged.",
            )
    for j in (b for a, b in alike if a == evidence.k):
        if all(_is_by(projection, j) for projection in evidence.projections()):
            return Finding(
                "wrong-input",
                f"{evidence.label} is the gradient with respect to {names[j]}.",
                details={"by": names[j]},
            )
    return None


def _put(trial: Trial, instead: dict[int, int]) -> tuple[Any, ...]:
    """Return the inputs of a trial, some in the place of others."""
    return tuple(trial.inputs[instead.get(i, i)] for i in range(len(trial.inputs)))


def _is_by(projection: Projection, j: int) -> bool:
    """Tell whether what was received is the gradient with respect to input `j`."""
    if projection.trial.inputs[j].shape != projection.direction.shape:
        return False
    slope = projection.along(j, projection.direction)
    return projection.is_received(float(np.vdot(projection.trial.upstream, slope)))


def stray_term(evidence: GradientEvidence) -> Finding | None:
    """Report a difference that is a multiple of an input, whatever grad_output is."""
    return _term(evidence, use_g=False)


def missing_term(evidence: GradientEvidence) -> Finding | None:
    """Report a difference that is an input, times grad_output, times a number."""
    return _term(evidence, use_g=True)


def _term(evidence: GradientEvidence, *, use_g: bool) -> Finding | None:
    first = evidence.failures[0]
    for j, name in enumerate(evidence.subject.names):
        if first.trial.inputs[j].shape != first.expected.shape or first.expected.size < 3:
            continue
        explains = all(_is_multiple(f, j, use_g) for f in evidence.failures)
        if explains and (use_g or all(_stays(evidence, f) for f in evidence.failures)):
            return Finding(
                "missing-term",
                f"A term with {name} is missing from {evidence.label} (or too much in it): "
                f"what is off is a multiple of {name}{' times grad_output' if use_g else ''}.",
            )
    return None


def _stays(evidence: GradientEvidence, f: Failure) -> bool:
    """Tell whether what is off does not change with grad_output."""
    again = evidence.ask(f.trial, g=2 * f.trial.upstream)
    return again is not None and same(again - 2 * f.expected, f.received - f.expected, 1e-4)


def _is_multiple(f: Failure, j: int, use_g: bool) -> bool:
    pattern = f.trial.inputs[j]
    if use_g:
        if f.trial.upstream.shape not in ((), pattern.shape):
            return False
        pattern = pattern * f.trial.upstream
    difference = f.received - f.expected
    square = float(np.sum(pattern * pattern))
    if square == 0.0:
        return False
    ratio = float(np.sum(difference * pattern)) / square
    return same(difference, ratio * pattern, 1e-6)


def clipped(evidence: Evidence) -> Finding | None:
    """Report a gradient whose large entries were cut off."""

    def claim(f: Failure) -> bool:
        wrong = f.comparison.wrong
        limit = float(np.max(np.abs(f.received), initial=0.0))
        cut = np.isclose(np.abs(f.received), limit, rtol=1e-12, atol=0.0)
        return bool(
            np.array_equal(cut & wrong, wrong)
            and np.all(np.abs(f.expected[wrong]) > limit)
            and np.all(f.received[wrong] * f.expected[wrong] > 0)
        )

    limits = {round(float(np.max(np.abs(f.received), initial=0.0)), 9) for f in evidence.failures}
    cut = sum(int(np.sum(f.comparison.wrong)) for f in evidence.failures)
    if len(limits) == 1 and cut > 1 and all(claim(f) for f in evidence.failures):
        return Finding(
            "clipped",
            f"The entries of {evidence.label} are cut off at {limits.pop():g}; "
            "larger ones are lost.",
        )
    return None


def unfilled(evidence: Evidence) -> Finding | None:
    """Report entries that stayed zero beside right ones."""
    failures = [f for f in evidence.failures if f.expected.size > 1]
    if len(failures) < len(evidence.failures):
        return None
    if any(np.any(f.received[f.comparison.wrong]) for f in failures):
        return None
    partly = [f for f in failures if not np.all(f.comparison.wrong)]
    filled = any(np.any(f.received) for f in failures) or any(p.length for p in evidence.more)
    if not filled and not evidence.right_in:
        return None
    shown = (partly or failures)[0]
    wrong, total = int(np.sum(shown.comparison.wrong)), shown.expected.size
    others = "; the others are right" if partly else " here, and at other inputs not all are"
    return Finding(
        "entries",
        f"{wrong} of {total} entries of {evidence.label} are zero and should not be{others}. "
        "They were never filled, or set to zero.",
    )


def some_entries(evidence: Evidence) -> Finding | None:
    """Report that most entries are right and some are not."""
    failures = [f for f in evidence.failures if f.expected.size > 1]
    if not failures:
        return None
    wrong, total = (sum(counts) for counts in zip(*map(_counted, failures), strict=True))
    if wrong > 0.5 * total:
        return None
    wrong, total = _counted(failures[0])
    if wrong > 0.5 * total:
        return None
    empty = all(not np.any(f.received[f.comparison.wrong]) for f in failures)
    what = " The wrong ones are all zero: they were never filled." if empty else ""
    return Finding(
        "entries",
        f"Most entries of {evidence.label} are right, {wrong} of {total} that are not zero are "
        f"wrong.{what}",
    )


def _counted(f: Failure) -> tuple[int, int]:
    """Count the wrong entries, and those that are or should be something else than zero."""
    tell = (f.expected != 0) | (f.received != 0)
    return int(np.sum(f.comparison.wrong)), int(np.sum(tell | f.comparison.wrong))


def wrong_result(evidence: Evidence) -> Finding:
    """Say that a result is off, when nothing simpler explains it."""
    one = evidence.failures[0].expected.shape == ()
    what = "the number." if one else "the numbers: compare entry by entry."
    return Finding(
        "wrong-local",
        f"{evidence.label} is not what is measured on the forward pass. None of the usual mistakes "
        f"explains {what}",
    )


def wrong_gradient(evidence: Evidence) -> Finding:
    """Say where the gradient is off, when nothing simpler explains it."""
    return Finding(
        "wrong-local",
        f"{evidence.label} is not the derivative of the forward pass. None of the usual "
        "mistakes explains the numbers, so compare entry by entry.",
    )
