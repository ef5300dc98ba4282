"""How the exercises that are plain functions are examined.

`examine_named` is the checker's general form with two additions: mix-ups that an
exercise invites have names of their own, and an exercise can ask for more digits
than the usual tolerance.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.checker import Finding, Report, codes, examine_function
from course_utils.checker.examine_function import CalledTwice, FunctionExamination
from course_utils.checker.trials import Special


@dataclasses.dataclass(frozen=True)
class Confusion:
    """A mix-up the exercise invites: what it computes, and what to say of it."""

    code: str
    message: str
    reference: Callable[..., Any]

    def __post_init__(self) -> None:
        codes.require(self.code)


def examine_named(
    candidate: Callable[..., Any],
    reference: Callable[..., Any],
    make_inputs: Callable[..., tuple[Any, ...]],
    *,
    confusions: Sequence[Confusion] = (),
    digits: int | None = None,
    special: Special = (),
    result_name: str = "result",
    seed: int | None = None,
) -> Report:
    """Examine a plain function, and name the mix-up where it is one of `confusions`.

    Parameters
    ----------
    candidate, reference, make_inputs, special, result_name, seed
        As for `examine_function`.
    confusions : sequence of Confusion
        Tried in order when the candidate fails; the first whose reference it
        agrees with in every trial is reported.
    digits : int, optional
        Correct digits wanted, where more than the usual tolerance is the point.
    """
    if seed is None:
        seed = int(np.random.default_rng().integers(2**32))
    called = CalledTwice(candidate, make_inputs, special, seed)

    report = FunctionExamination(called, reference, result_name).report()
    if report.passed:
        return (
            report
            if digits is None
            else _demand(report, candidate, reference, make_inputs, digits, seed)
        )
    for confusion in confusions:
        if _Agreement(called, confusion.reference, result_name).report().passed:
            return with_finding(report, confusion.code, confusion.message, result_name)
    return report


class _Agreement(FunctionExamination):
    """Compares up to the first trial in which the two differ."""

    def seen_enough(self) -> bool:
        """Tell whether they differ."""
        return self.problem is not None or bool(self.evidence.failures)


def with_finding(
    report: Report, code: str, message: str, result_name: str, *, with_numbers: bool = True
) -> Report:
    """Return `report` as failed, saying `message`, with or without its numbers."""
    details = report.findings[0].details if report.findings and with_numbers else {}
    finding = Finding(code=code, input=result_name, message=message, details=details)
    return dataclasses.replace(report, passed=False, findings=(finding,))


# ------------------------------------------------------------------ more digits


def _demand(
    report: Report,
    candidate: Callable[..., Any],
    reference: Callable[..., Any],
    make_inputs: Callable[..., tuple[Any, ...]],
    digits: int,
    seed: int | None,
) -> Report:
    """Fail a `report` that passed where the candidate has fewer correct digits."""
    rng = np.random.default_rng(seed)
    errors = []
    for _ in range(20):
        inputs = make_inputs(rng)
        expected = np.asarray(reference(*inputs), dtype=np.float64)
        received = np.asarray(candidate(*inputs), dtype=np.float64)
        scale = max(float(np.max(np.abs(expected))), 1e-3)
        errors.append(float(np.max(np.abs(received - expected))) / scale)
    worst = float(np.max(errors))  # a NaN among them stays one, and is below nothing
    if worst <= 10.0**-digits:
        return report
    worst = min(worst, 1.0) if np.isfinite(worst) else 1.0
    message = (
        f"Right to about {max(0, int(-np.log10(worst)))} digits, and this way can reach "
        f"{digits} or more: what is left looks like a difference of two close numbers."
    )
    return with_finding(report, "small-error", message, "result")


def random_scalar_function(rng: np.random.Generator) -> Callable[[Any], Any]:
    """Draw a smooth, curved function of one number, analytic as well."""
    a, b, c, d = rng.uniform(0.5, 1.5, size=4) * rng.choice([-1.0, 1.0], size=4)

    def f(x: Any) -> Any:
        return a * np.exp(b * x) + c * np.sin(d * x + 1.0)

    return f


def random_vector_function(rng: np.random.Generator, m: int, n: int) -> Callable[[Any], Any]:
    """Draw a smooth, curved function from R^n to R^m."""
    inner, outer = rng.normal(size=(m, n)) / np.sqrt(n), rng.uniform(0.5, 1.5, size=m)

    def f(x: Any) -> Any:
        u = inner @ x
        return outer * np.exp(u) + np.sin(u + 1.0)

    return f


# ------------------------------------------------------------------ best_step

_OFFSETS = {"forward": (0.0, 1.0), "central": (-1.0, 1.0)}


def _error_at(h: Array, method: str, eps: float, rng: np.random.Generator) -> Array:
    """Measure the root-mean-square error of the quotient on sin near 1, for each step."""
    x = np.linspace(0.7, 1.3, 400)[:, None]
    low, high = (x + offset * h for offset in _OFFSETS[method])

    def rounded(values: Array) -> Array:
        return values * (1 + eps * rng.uniform(-0.5, 0.5, size=values.shape))

    quotient = (rounded(np.sin(high)) - rounded(np.sin(low))) / (high - low)
    error: Array = np.sqrt(np.mean((quotient - np.cos(x)) ** 2, axis=0))
    return error


def _always(case: tuple[str, float]) -> Callable[[np.random.Generator], tuple[Any, ...]]:
    return lambda rng: case


def best_step_report(candidate: Callable[..., Any], seed: int | None = None) -> Report:
    """Compare predicted steps with the measured best ones, for several roundings."""
    rng = np.random.default_rng(seed)
    steps = np.logspace(-9, 0, 181)
    roundings = (1e-5, float(np.finfo(np.float32).eps), 1e-9, float(np.finfo(np.float64).eps))
    cases = [(method, eps) for method in _OFFSETS for eps in roundings]
    best = {
        (method, eps): float(steps[np.argmin(_error_at(steps, method, eps, rng))])
        for method, eps in cases
    }
    answers: dict[tuple[str, float], float] = {}

    def is_near_best(method: str, eps: float) -> float | None:
        returned = candidate(method, eps)
        if returned is None:
            return None
        answers[method, eps] = step = float(returned)
        return float(step > 0 and abs(np.log10(step / best[method, eps])) <= 1)

    is_near_best.__name__ = "best_step"
    report = examine_function(
        is_near_best,
        lambda method, eps: 1.0,
        lambda rng: cases[rng.integers(len(cases))],
        special=tuple((f"{case[0]}, eps = {case[1]:.1e}", _always(case)) for case in cases),
        result_name="step",
        seed=seed,
    )
    if report.passed or len(answers) < len(cases):
        return report
    return with_finding(report, *_what_is_off(answers, best), "step", with_numbers=False)


def _what_is_off(
    answers: dict[tuple[str, float], float], best: dict[tuple[str, float], float]
) -> tuple[str, str]:
    if len(set(answers.values())) == 1:
        return "hardcoded", (
            "Your step is the same for every eps and both methods. "
            "Measured, the best one moves with both."
        )
    distance = {case: np.log10(answers[case] / best[case]) for case in best if answers[case] > 0}
    if len(distance) < len(best):
        return "wrong-local", "A step must be positive."
    off = {case: d for case, d in distance.items() if abs(d) > 1}
    methods = {method for method, _ in off}
    if len(methods) == 1:
        method = methods.pop()
        return "wrong-local", (
            f"Right for the other method. For method={method!r} {_example(off, answers, best)}"
        )
    return "wrong-local", _example(off, answers, best).capitalize()


def _example(
    off: dict[tuple[str, float], float],
    answers: dict[tuple[str, float], float],
    best: dict[tuple[str, float], float],
) -> str:
    case = max(off, key=lambda c: abs(off[c]))
    size = "too large" if off[case] > 0 else "too small"
    return (
        f"your step is {size}: with method={case[0]!r} and eps={case[1]:.1e} you return "
        f"{answers[case]:.1e}; measured, the error is smallest near {best[case]:.0e}."
    )
