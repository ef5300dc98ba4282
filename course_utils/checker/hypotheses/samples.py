"""What became of the batch: one sample used, samples mixed, right for a batch of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.checker.evidence import Failure, GradientEvidence, same
from course_utils.checker.report import Finding
from course_utils.checker.trials import Trial


def batch_size(evidence: GradientEvidence, trial: Trial) -> int:
    """Return the number of samples, 0 if the operation has no batch."""
    if evidence.batch in trial.sizes:
        return trial.sizes[str(evidence.batch)]
    out = trial.output
    if out.ndim >= 2:
        return int(out.shape[0])
    return 0


def one_sample(evidence: GradientEvidence) -> Finding | None:
    """Report that only the first or the last sample of the batch counts, or all but that one."""
    for where, keep in _PARTS:

        def alone(f: Failure, keep: slice = keep) -> bool:
            q = batch_size(evidence, f.trial)
            if q < 2:
                return False
            sub = _only(f, q, keep)
            if sub is None:
                return False
            return bool(sub(evidence))

        if all(alone(f) for f in evidence.failures):
            sample = "sample of the batch" if _is_batched(evidence) else "row of the output"
            if keep in _ALONE:
                return Finding(
                    "one-sample",
                    f"Only the {where} {sample} counts in {evidence.label}: what the others "
                    "contribute is lost.",
                )
            return Finding("missing-term", f"The {where} {sample} is left out of {evidence.label}.")
    return None


_ALONE = (slice(0, 1), slice(-1, None))
_PARTS = (
    ("first", _ALONE[0]),
    ("last", _ALONE[1]),
    ("first", slice(1, None)),
    ("last", slice(0, -1)),
)


def _is_batched(evidence: GradientEvidence) -> bool:
    """Tell whether the operation is known to take a batch of samples."""
    return all(evidence.batch in f.trial.sizes for f in evidence.failures)


def _only(f: Failure, q: int, keep: slice):  # type: ignore[no-untyped-def]
    """Return a way to measure what one sample alone contributes."""
    g = f.trial.upstream
    if g.ndim and g.shape[0] == q:
        masked = np.zeros(g.shape)
        masked[keep] = g[keep]
        return lambda evidence: evidence.projection(f).is_gradient(g=masked)

    def measured(evidence: GradientEvidence):  # type: ignore[no-untyped-def]
        k = evidence.k
        if f.trial.inputs[k].ndim and f.trial.inputs[k].shape[0] == q:
            full = np.zeros(f.expected.shape)
            full[keep] = f.expected[keep]
            return _parallel(f.received, full)
        cut = tuple(
            x[keep] if x.ndim >= 2 and x.shape[0] == q and j != k else x
            for j, x in enumerate(f.trial.inputs)
        )
        return _parallel(f.received, evidence.measured(f.trial, cut))

    return measured


def _parallel(a, b) -> bool:  # type: ignore[no-untyped-def]
    """Tell whether `a` is a positive multiple of `b`."""
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape or not np.any(b):
        return False
    ratio = float(a.ravel() @ b.ravel()) / float(b.ravel() @ b.ravel())
    return ratio > 0 and same(a, ratio * b)


def first_row_for_all(evidence: GradientEvidence) -> Finding | None:
    """Report that every row of the gradient is computed from one sample's inputs."""

    def follows_first(f: Failure) -> bool:
        x = f.trial.inputs[evidence.k]
        q = batch_size(evidence, f.trial)
        if q < 2 or x.ndim < 2 or x.shape[0] != q:
            return False
        for far in (1.0, 3.0):  # a maximum may stay where it is, once
            changed = x.copy()
            changed[1:] += far * evidence.rng.normal(size=changed[1:].shape)
            inputs = tuple(changed if j == evidence.k else y for j, y in enumerate(f.trial.inputs))
            again = evidence.ask(f.trial, inputs)
            if again is None or not same(again, f.received):
                return False
        # Changing the first sample must matter, or the samples do not count at all.
        first = x.copy()
        first[:1] += evidence.rng.normal(size=first[:1].shape)
        inputs = tuple(first if j == evidence.k else y for j, y in enumerate(f.trial.inputs))
        again = evidence.ask(f.trial, inputs)
        return again is not None and not same(again[1:], f.received[1:], 1e-3)

    if all(follows_first(f) for f in evidence.few()):
        return Finding(
            "one-sample",
            f"Every row of {evidence.label} is computed from the first sample: "
            f"the other rows of {evidence.name} make no difference.",
        )
    return None


def samples_mixed(evidence: GradientEvidence) -> Finding | None:
    """Report that one sample's gradient depends on another sample's upstream."""

    def mixed(f: Failure) -> bool:
        x, g = f.trial.inputs[evidence.k], f.trial.upstream
        q = batch_size(evidence, f.trial)
        if q < 2 or x.ndim < 1 or g.ndim < 1 or x.shape[0] != q or g.shape[0] != q:
            return False
        other = g.copy()
        other[1:] += evidence.rng.normal(size=other[1:].shape)
        again = evidence.ask(f.trial, g=other)
        if again is None or same(again[0], f.received[0], 1e-4):
            return False
        # Rightly, the first row of the gradient moves the first row of the output alone.
        slope = evidence.projection(f).slope(rows=slice(0, 1))
        return bool(np.max(np.abs(slope[1:])) <= 1e-9 * np.max(np.abs(slope)))

    if all(mixed(f) for f in evidence.few()):
        return _mixing(evidence, "grad_output")
    return None


def _mixing(evidence: GradientEvidence, what: str) -> Finding:
    """Say that rows meet that should not, and that they are added up if that is so."""

    def symmetric(f: Failure) -> bool:
        # Of a sum, a mean or a maximum it makes no difference in which order the others come.
        q, g = batch_size(evidence, f.trial), f.trial.upstream
        rolled = [
            np.concatenate([y[:1], np.roll(y[1:], 1, axis=0)]) if y.ndim and y.shape[0] == q else y
            for y in (*f.trial.inputs, g)
        ]
        again = evidence.ask(f.trial, tuple(rolled[:-1]), rolled[-1])
        return q > 2 and again is not None and same(again[0], f.received[0])

    why = (
        "a sum, a mean or a maximum runs over the batch, along the wrong axis."
        if all(symmetric(f) for f in evidence.few())
        else "rows are exchanged, shifted or mixed that should not meet."
    )
    return Finding(
        "wrong-axis",
        f"The first row of {evidence.label} changes with the other rows of {what}: {why}",
    )


def inputs_mixed(evidence: GradientEvidence) -> Finding | None:
    """Report that one sample's gradient depends on another sample's input."""

    def mixed(f: Failure) -> bool:
        x, g = f.trial.inputs[evidence.k], f.trial.upstream
        q = batch_size(evidence, f.trial)
        if q < 2 or x.ndim < 1 or g.ndim < 1 or x.shape[0] != q or g.shape[0] != q:
            return False
        changed = x.copy()
        changed[1:] += evidence.rng.normal(size=changed[1:].shape)
        inputs = tuple(changed if j == evidence.k else y for j, y in enumerate(f.trial.inputs))
        again = evidence.ask(f.trial, inputs)
        if again is None or same(again[0], f.received[0], 1e-4):
            return False
        first = evidence.projection(f)
        slopes = first.slope(rows=slice(0, 1)), first.slope(inputs, rows=slice(0, 1))
        return same(float(np.vdot(g, slopes[0])), float(np.vdot(g, slopes[1])))

    if all(mixed(f) for f in evidence.few()):
        return _mixing(evidence, evidence.name)
    return None


def only_batch_of_one(evidence: GradientEvidence) -> Finding | None:
    """Report what is right for a batch of one and for nothing else."""
    name = str(evidence.batch)
    right = [t.sizes.get(name, 0) for t in evidence.right_in if t.kind != "special"]
    if not right or any(size != 1 for size in right):
        return None
    if all(t.sizes.get(name, 0) > 1 for t in evidence.wrong_in if t.kind != "special"):
        return Finding(
            "only-q1",
            f"{evidence.label} is right for a batch of one sample only.",
        )
    return None


def remembered(evidence: GradientEvidence) -> Finding | None:
    """Report a gradient that belongs to inputs of an earlier call."""
    first = evidence.yardstick.first

    def old(f: Failure) -> bool:
        trial = f.trial
        if trial is first or [x.shape for x in trial.inputs] != [x.shape for x in first.inputs]:
            return False
        projection = evidence.projection(f)
        # Where the derivative is the same at any inputs, nothing tells of earlier ones.
        near = tuple(
            x + 0.1 * evidence.rng.normal(size=x.shape) if j in evidence.subject.wrt else x
            for j, x in enumerate(first.inputs)
        )
        return any(
            projection.is_gradient(first.inputs, g) and not projection.is_gradient(near, g)
            for g in (None, first.upstream)
        )

    if all(old(f) for f in evidence.failures):
        return Finding(
            "stateful",
            f"{evidence.label} belongs to the inputs of an earlier call: something is kept from "
            "call to call. Everything it needs is in ctx.saved_tensors.",
        )
    return None


def samples_crossed(evidence: GradientEvidence) -> Finding | None:
    """Report that one sample's inputs meet another sample's grad_output.

    With the upstream of the first sample alone, the inputs of the others must not count.
    """

    def crossed(f: Failure) -> bool:
        x, g = f.trial.inputs[evidence.k], f.trial.upstream
        q = batch_size(evidence, f.trial)
        if q < 2 or g.ndim < 1 or g.shape[0] != q or (x.ndim and x.shape[0] == q):
            return False
        alone = _of_the_first(f)
        inputs = _others_replaced(evidence, f, lambda y: y + evidence.rng.normal(size=y.shape))
        before, after = evidence.ask(f.trial, g=alone), evidence.ask(f.trial, inputs, alone)
        if before is None or after is None or same(before, after, 1e-4):
            return False
        projection = evidence.projection(f)
        slopes = projection.slope(), projection.slope(inputs)
        return same(float(np.vdot(alone, slopes[0])), float(np.vdot(alone, slopes[1])))

    def added_up(f: Failure) -> bool:
        # Of a sum it makes no difference in which order the others come.
        inputs = _others_replaced(evidence, f, lambda y: np.roll(y, 1, axis=0))
        alone = _of_the_first(f)
        before, after = evidence.ask(f.trial, g=alone), evidence.ask(f.trial, inputs, alone)
        enough = batch_size(evidence, f.trial) > 2
        return enough and before is not None and after is not None and same(before, after)

    few = evidence.few()
    if not all(crossed(f) for f in few):
        return None
    meeting = f"In {evidence.label} one sample's inputs meet another sample's grad_output"
    if not all(added_up(f) for f in few):
        return Finding("wrong-axis", f"{meeting}: the rows of the two are not in step.")
    fits_one = any(batch_size(evidence, t) == 1 for t in evidence.right_in)
    return Finding(
        "only-q1" if fits_one else "wrong-axis",
        f"{meeting}: the sum over the batch is taken before the product, where it belongs after it."
        + (" With a batch of one there is no difference." if fits_one else ""),
    )


def _of_the_first(f: Failure) -> Array:
    """Return the upstream of the first sample alone."""
    alone = np.zeros(f.trial.upstream.shape)
    alone[:1] = f.trial.upstream[:1]
    return alone


def _others_replaced(
    evidence: GradientEvidence, f: Failure, change: Callable[[Array], Array]
) -> tuple[Any, ...]:
    """Return the inputs with the rows of all samples but the first changed."""
    q = batch_size(evidence, f.trial)
    return tuple(
        y
        if j == evidence.k or y.ndim < 2 or y.shape[0] != q
        else np.concatenate([y[:1], change(y[1:])])
        for j, y in enumerate(f.trial.inputs)
    )
