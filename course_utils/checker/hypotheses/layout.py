"""The right numbers in the wrong places: transposed, reshaped, flipped, repeated."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.checker.evidence import Evidence, Failure, GradientEvidence, Projection, same
from course_utils.checker.report import Finding
from course_utils.checker.trials import Trial


def _rearranged(evidence: Evidence) -> bool:
    """Tell whether the first failing trial has the right entries in some other order."""
    f = evidence.failures[0]
    return same(np.sort(f.received, axis=None), np.sort(f.expected, axis=None))


def swapped(failing: list[GradientEvidence]) -> dict[str, Finding]:
    """Report gradients of one shape that were returned in each other's place.

    Returns
    -------
    dict
        Name of an input to the finding on its gradient. This needs several gradients
        at once, so it is no hypothesis like the others.
    """
    found = {}
    for one, other in itertools.permutations(failing, 2):
        pairs = [
            (f, g) for f in one.failures for g in other.failures if f.trial is g.trial and f.plain
        ]
        if pairs and all(
            same(f.received, g.expected) and same(g.received, f.expected) for f, g in pairs
        ):
            opposite = all(same(f.received, -f.expected) for f, _ in pairs)
            found[one.name] = Finding(
                "factor:-1" if opposite else "order",
                f"{one.label} holds the gradient with respect to {other.name}: return the "
                "gradients in the order of the inputs."
                + (
                    " It is minus the right one as well: either the order is wrong, or the sign."
                    if opposite
                    else ""
                ),
            )
    return found


def transposed(evidence: Evidence) -> Finding | None:
    """Report the transpose, where a square shape lets it through."""
    if all(min(f.expected.shape, default=1) == 1 or f.expected.ndim < 2 for f in evidence.failures):
        return None
    if not _rearranged(evidence):
        return None
    if evidence.every(lambda f: f.expected.T):
        return Finding("transpose", f"{evidence.label} is the transpose of the right gradient.")
    return None


def reshaped(evidence: Evidence) -> Finding | None:
    """Report entries that were reshaped where they should have been moved."""

    def claims(f: Failure) -> list[object]:
        axes = list(itertools.permutations(range(f.expected.ndim)))[1:]
        return [
            np.transpose(f.expected, a).reshape(f.expected.shape, order=order)
            for a in axes
            for order in ("C", "F")
        ]

    if evidence.failures[0].expected.ndim < 2 or not _rearranged(evidence):
        return None
    if all(any(same(f.received, c) for c in claims(f)) for f in evidence.failures):
        return Finding(
            "reshape",
            f"{evidence.label} has the right entries in the wrong places: a reshape only fills "
            "in the entries one after the other, it does not exchange rows and columns.",
        )
    return None


def moved(evidence: Evidence) -> Finding | None:
    """Report entries that are flipped or shifted along an axis."""
    if not _rearranged(evidence):
        return None
    for axis in range(evidence.failures[0].expected.ndim):
        long = [f for f in evidence.failures if f.expected.shape[axis] > 1]
        if not long or len(long) < len(evidence.failures):
            continue
        if evidence.every(lambda f, axis=axis: np.flip(f.expected, axis)):  # type: ignore[misc]
            return Finding(
                "wrong-axis",
                f"{evidence.label} has the right entries in reverse order along axis {axis}.",
            )
        for by in (1, -1):
            if evidence.every(lambda f, axis=axis, by=by: np.roll(f.expected, by, axis)):  # type: ignore[misc]
                return Finding(
                    "wrong-axis",
                    f"{evidence.label} has the right entries, shifted by one along axis {axis}.",
                )
    return None


def _repeats(array: Array, axes: tuple[int, ...]) -> bool:
    """Tell whether `array` is constant along `axes`."""
    first = array[tuple(slice(0, 1) if a in axes else slice(None) for a in range(array.ndim))]
    return same(array, np.broadcast_to(first, array.shape))


def averaged(evidence: Evidence) -> Finding | None:
    """Report a sum or mean of the right gradient, repeated along an axis."""
    ndim = evidence.failures[0].expected.ndim
    groups: list[tuple[int, ...]] = [(a,) for a in range(ndim)]
    if ndim > 1:
        groups.append(tuple(range(ndim)))
    if all(f.expected.size == 1 for f in evidence.failures):
        return None
    for axes in groups:
        if not all(_repeats(f.received, axes) for f in evidence.failures):
            continue
        for reduce in (np.sum, np.mean):

            def claim(f: Failure, axes=axes, reduce=reduce):  # type: ignore[no-untyped-def]
                return np.broadcast_to(
                    reduce(f.expected, axis=axes, keepdims=True), f.expected.shape
                )

            if not evidence.every(claim):
                continue
            if len(axes) == 1 and (share := _shares(evidence, axes[0])):
                return _passed_on(evidence, axes[0], share)
            where = f"axis {axes[0]}" if len(axes) == 1 else "all of it"
            return Finding(
                "wrong-axis",
                f"{evidence.label} repeats one number along {where}: it was summed or "
                "averaged there, and should not have been.",
            )
    return None


def _shares(evidence: Evidence, axis: int) -> list[float] | None:
    """Return which multiple of grad_output is repeated, which the right sum may be too."""
    shares = []
    for f in evidence.failures:
        g = f.trial.upstream
        if not np.any(g):  # as of a plain function, which has none
            return None
        laid_out = g if g.ndim == f.expected.ndim else np.expand_dims(g, axis)
        try:
            passed_on = np.broadcast_to(laid_out, f.expected.shape)
        except ValueError:
            return None
        share = float(np.vdot(passed_on, f.received) / np.vdot(passed_on, passed_on))
        if not same(f.received, share * passed_on):
            return None
        shares.append(share)
    return shares


def _passed_on(evidence: Evidence, axis: int, shares: list[float]) -> Finding:
    if same(shares, [1.0] * len(shares)):
        return Finding(
            "missing-local",
            f"{evidence.label} is grad_output itself, repeated: the operation's own derivative is "
            "missing.",
        )
    return Finding(
        "wrong-local",
        f"{evidence.label} shares grad_output out evenly along axis {axis}: the derivative differs "
        "from entry to entry there.",
    )


def untransposed_matrix(evidence: GradientEvidence) -> Finding | None:
    """Report a matrix used without its transpose (or with one), in square shapes."""
    outputs = [f.trial.upstream.shape for f in evidence.failures]
    if all(len(s) == 2 and s[0] == s[1] > 1 for s in outputs) and evidence.every_projection(
        lambda trial: (None, trial.upstream.T) if trial.upstream.ndim == 2 else None
    ):
        return _untransposed(evidence, "grad_output")
    square = [
        j
        for j in range(len(evidence.failures[0].trial.inputs))
        if all(_is_square(f.trial.inputs[j]) for f in evidence.failures)
    ]
    for count in (1, 2):
        for which in itertools.combinations(square, count):

            def claim(trial: Trial, which: tuple[int, ...] = which) -> tuple[Any, Any]:
                inputs = trial.inputs
                return tuple(x.T if i in which else x for i, x in enumerate(inputs)), None

            if evidence.every_projection(claim):
                names = " and ".join(evidence.subject.names[j] for j in which)
                return _untransposed(evidence, names if count == 1 else f"each of {names}")
    return None


def factors_exchanged(evidence: GradientEvidence) -> Finding | None:
    """Report a product with grad_output whose two factors have changed places.

    With the identity as grad_output the other factor is what comes out, on either side.
    """

    def exchanged(f: Failure) -> bool:
        g = f.trial.upstream
        if not (_is_square(g) and f.received.shape == g.shape):
            return False
        factor = evidence.ask(f.trial, g=np.eye(len(g)))
        if factor is None or not same(factor, evidence.measured(f.trial, g=np.eye(len(g)))):
            return False
        left, right = factor @ g, g @ factor
        if same(left, right, 1e-3):
            return False
        return any(
            same(f.received, mine) and same(f.expected, theirs)
            for mine, theirs in ((left, right), (right, left))
        )

    if not all(exchanged(f) for f in evidence.few()):
        return None
    return Finding(
        "wrong-order",
        f"In {evidence.label} the two factors of a product of matrices stand in the wrong order.",
    )


def _is_square(x: Array) -> bool:
    return x.ndim == 2 and x.shape[0] == x.shape[1] > 1


def not_transposed_slopes(evidence: GradientEvidence) -> Finding | None:
    """Report J g where J^T g belongs, and an input that is used from back to front."""

    def is_forward(projection: Projection) -> bool:
        g, direction = projection.trial.upstream, projection.direction
        if g.shape != direction.shape or g.size < 2:
            return False
        pushed = projection.along(evidence.k, g)
        return projection.is_received(float(np.vdot(direction, pushed)))

    if all(is_forward(projection) for projection in evidence.projections()):
        return Finding(
            "transpose",
            f"{evidence.label} goes the way of the forward pass: grad_output stands where a change "
            f"of {evidence.name} would, and the Jacobian is not transposed.",
        )
    return None


def flipped(evidence: GradientEvidence) -> Finding | None:
    """Report an input, or grad_output, that is used from back to front along an axis."""
    first = evidence.failures[0].trial
    for j, x in [*enumerate(first.inputs), (-1, first.upstream)]:
        axes = range(max(0, x.ndim - 2), x.ndim)
        for count in range(1, len(axes) + 1):
            for which in itertools.combinations(axes, count):
                if all(x.shape[axis] < 2 for axis in which):
                    continue

                def claim(trial: Trial, j: int = j, which: tuple[int, ...] = which) -> Any:
                    if j < 0:
                        return None, np.flip(trial.upstream, which)
                    inputs = trial.inputs
                    turned = np.flip(inputs[j], which)
                    return tuple(turned if i == j else x for i, x in enumerate(inputs)), None

                if evidence.every_projection(claim):
                    name = "grad_output" if j < 0 else evidence.subject.names[j]
                    return Finding(
                        "wrong-axis",
                        f"{evidence.label} uses {name} from back to front along "
                        f"{'axis' if count == 1 else 'the axes'} "
                        f"{' and '.join(map(str, which))}, or should and does not.",
                    )
    return None


def _refilled(x: Array) -> Array:
    """Return the matrix whose transpose is what a reshape makes of `x`."""
    shape = (*x.shape[:-2], x.shape[-1], x.shape[-2])
    return np.swapaxes(x.reshape(shape), -1, -2)


def reshaped_matrix(evidence: GradientEvidence) -> Finding | None:
    """Report an input, or grad_output, that was reshaped where it should have been transposed."""
    first = evidence.failures[0].trial

    def claim(trial: Trial, j: int) -> tuple[Any, Any]:
        if j < 0:
            return None, _refilled(trial.upstream)
        return tuple(_refilled(x) if i == j else x for i, x in enumerate(trial.inputs)), None

    for j, x in [*enumerate(first.inputs), (-1, first.upstream)]:
        # In a square shape a reshape leaves everything where it is.
        if x.ndim < 2 or min(x.shape[-2:]) < 2 or x.shape[-1] == x.shape[-2]:
            continue
        if evidence.every_projection(lambda trial, j=j: claim(trial, j)):  # type: ignore[misc]
            name = "grad_output" if j < 0 else evidence.subject.names[j]
            return Finding(
                "reshape",
                f"In {evidence.label} {name} was reshaped where its rows and columns should be "
                "exchanged: a reshape only fills in the entries one after the other.",
            )
    return None


def only_square_wrong(evidence: GradientEvidence) -> Finding | None:
    """Report what is wrong only where two sizes are equal."""
    wrong = [t.sizes for t in evidence.wrong_in]
    right = [t.sizes for t in evidence.right_in if t.sizes]
    if not all(wrong) or not wrong:
        return None
    for a, b in itertools.combinations(wrong[0], 2):
        equal = all(sizes[a] == sizes[b] > 1 for sizes in wrong)
        if equal and sum(sizes[a] != sizes[b] for sizes in right) >= 3:
            return Finding(
                "wrong-local",
                f"{evidence.label} is right where {a} and {b} differ, and wrong where they are "
                "equal: look for what only runs there, or only fits there, as a matrix that is "
                "used the wrong way round does.",
            )
    return None


def _untransposed(evidence: GradientEvidence, matrix: str) -> Finding:
    elsewhere = " Elsewhere it is right." if evidence.right_in else ""
    return Finding(
        "transpose",
        f"In {evidence.label} {matrix} is used the wrong way round, transposed or not, where it is "
        f"square and the shapes fit either way.{elsewhere}",
        details={"matrix": matrix},
    )
