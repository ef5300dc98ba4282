"""`examine_function`: compare a plain function with a trusted counterpart."""

from __future__ import annotations

import io
import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import redirect_stderr
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.checker.backward_call import Problem, as_gradient, crash
from course_utils.checker.candidate import Candidate, Raised, candidate_of
from course_utils.checker.evidence import Failure, same
from course_utils.checker.hypotheses import layout, local, scaling
from course_utils.checker.report import Finding, Report
from course_utils.checker.tolerance import FLOOR, RELATIVE, Verdict
from course_utils.checker.trials import ENOUGH, MOST, MakeInputs, Special, Trial, sizes_of
from course_utils.measure.memo import copied
from course_utils.measure.numerical import quiet

Called = list[tuple[tuple[Any, ...], Any]]
"""The arguments of each of two calls, as they are after it, and what it returned."""

Drawn = tuple[Trial, tuple[Any, ...]]
Wanted = tuple[Trial, tuple[Any, ...], Array]
"""A trial, its inputs, and what the reference returns for them."""


def _always_the_same(results: Any) -> Finding | None:
    """Report a result that is the same for all inputs, where it should not be."""
    received = [f.received for f in results.failures]
    expected = [f.expected for f in results.failures]
    steady = len(received) > 1 and all(same(r, received[0]) for r in received)
    if steady and not all(same(e, expected[0]) for e in expected):
        return Finding(
            "hardcoded", f"{results.label} is the same for all inputs: it must depend on them."
        )
    return None


ORDER: tuple[Callable[[Any], Finding | None], ...] = (
    scaling.not_finite,
    scaling.zero,
    _always_the_same,
    scaling.factor,
    scaling.small_error,
    layout.transposed,
    layout.reshaped,
    layout.moved,
    local.unfilled,
    layout.averaged,
    local.some_entries,
)


@dataclass
class Results:
    """The failing trials of one plain function; what the hypotheses on numbers look at."""

    label: str
    failures: list[Failure] = field(default_factory=list)
    right_in: list[Trial] = field(default_factory=list)
    more: tuple[Any, ...] = ()
    name: str = "the input"

    def every(self, claim: Callable[[Failure], Any]) -> bool:
        """Tell whether a claim on the received numbers holds in every failing trial."""
        return bool(self.failures) and all(same(f.received, claim(f)) for f in self.failures)


def examine_function(
    candidate: Callable[..., Any],
    reference: Callable[..., Any],
    make_inputs: MakeInputs,
    *,
    special: Special = (),
    result_name: str = "result",
    seed: int | None = None,
    known: CalledTwice | None = None,
) -> Report:
    """Examine a plain function; never raises for what it does.

    Parameters
    ----------
    candidate : callable
        Examined: ``candidate(*inputs)``.
    reference : callable
        Trusted: ``reference(*inputs)`` returns what the candidate must return.
        It should measure that on a forward pass, not know it.
    make_inputs : callable
        ``make_inputs(rng, **sizes)`` draws the inputs: arrays, numbers, strings or
        functions. Only arrays are watched for changes.
    special : sequence of (name, callable), optional
        Further inputs the author wants tried.
    result_name : str
        What the result is called in messages.
    seed : int, optional
        Repeats the draws of an earlier examination.
    known : CalledTwice, optional
        The candidate's calls, from earlier examinations with this seed and these inputs.
    """
    candidate = candidate_of(candidate)
    rng = np.random.default_rng(seed)
    results = Results(result_name)
    tried: list[Trial] = []
    problem: tuple[Trial, Finding] | None = None
    entries = 0

    with quiet(), redirect_stderr(io.StringIO()):
        drawn = _plan(make_inputs, special, rng)
        wanted = _wanted(drawn, _more(make_inputs, rng), reference)
        wanted, again = itertools.tee(wanted)
        called_each = (known or CalledTwice(candidate)).each(inputs for _, inputs, _ in again)
        for number, ((trial, inputs, expected), called) in enumerate(
            zip(wanted, called_each, strict=True)
        ):
            if number >= len(drawn) and results.failures:
                break
            tried.append(trial)
            entries += expected.size
            found = _look(called, inputs, expected, result_name, trial)
            if isinstance(found, Finding):
                problem = problem or (trial, found)
                if found.code in ("crash", "not-filled-in", "type"):
                    problem = trial, _only_square(candidate, reference, drawn, found)
                    break
            elif found is None:
                results.right_in.append(trial)
            elif len(results.failures) < 6:
                results.failures.append(Failure(trial, found))
    findings: tuple[Finding, ...] = ()
    if problem is not None:
        findings = (problem[1],)
    elif results.failures:
        findings = (_diagnosed(results),)
    name = candidate.__name__
    return Report(
        name=name if name and not name.startswith("<") else result_name,
        passed=not findings,
        findings=findings,
        inputs=(result_name,),
        trials=tuple(trial.label for trial in tried),
        entries=entries,
    )


def _plan(
    make_inputs: MakeInputs, special: Special, rng: np.random.Generator
) -> list[tuple[Trial, tuple[Any, ...]]]:
    """Draw the inputs of all trials."""
    sizes = sizes_of(make_inputs, None)
    choices: list[tuple[str, Mapping[str, int]]] = [("generic", sizes)] * 3
    names = list(sizes)
    if len(names) > 1:
        turned = dict(zip(names, [*list(sizes.values())[1:], sizes[names[0]]], strict=True))
        choices += [("other sizes", turned), ("square", dict.fromkeys(names, 4))]
    choices += [("size 1", {**sizes, name: 1}) for name in names]
    choices += [("generic", sizes)] * (3 if names else 6)
    drawn = []
    for kind, chosen in choices:
        trial = Trial(kind, dict(chosen), True, lambda rng: ())
        drawn.append((trial, _ready(make_inputs(rng, **chosen))))
    for name, build in special:
        drawn.append((Trial("special", {}, True, build, name), _ready(build(rng))))
    for trial, inputs in drawn:
        trial.inputs = tuple(x for x in inputs if isinstance(x, np.ndarray))
    return drawn


def _more(
    make_inputs: MakeInputs, rng: np.random.Generator
) -> Iterator[tuple[Trial, tuple[Any, ...]]]:
    """Draw further inputs for as long as they are wanted."""
    sizes = sizes_of(make_inputs, None)
    while True:
        inputs = _ready(make_inputs(rng, **sizes))
        yield Trial("generic", dict(sizes), True, lambda rng: ()), inputs


def _ready(inputs: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(inputs)


class CalledTwice:
    """Two calls for each of some inputs, made once however often they are looked at."""

    def __init__(self, candidate: Candidate) -> None:
        self.candidate = candidate
        self.known: list[Called] = []
        self.asked: Iterator[Called] = iter(())

    def each(self, trials: Iterable[tuple[Any, ...]]) -> Iterator[Called]:
        """Yield the calls for each inputs, the same ones as before but for further ones."""
        (left,) = itertools.tee(trials, 1)
        for number, inputs in enumerate(left):
            if number == len(self.known):
                called = next(self.asked, None)
                if called is None:
                    self.asked = self._made(itertools.chain([inputs], copy(left)))
                    called = next(self.asked)
                self.known.append(called)
            yield self.known[number]

    def _made(self, trials: Iterable[tuple[Any, ...]]) -> Iterator[Called]:
        given: deque[tuple[Any, ...]] = deque()

        def calls() -> Iterator[tuple[Any, ...]]:
            for inputs in trials:
                given.extend((copied(inputs), copied(inputs)))  # a call may change what it is given
                yield from list(given)[-2:]

        # What a call returned stays as it was then.
        outcomes = map(copied, self.candidate.call_each(calls()))
        for first in outcomes:
            yield [(given.popleft(), first), (given.popleft(), next(outcomes))]


def _wanted(
    drawn: Sequence[Drawn], more: Iterator[Drawn], reference: Callable[..., Any]
) -> Iterator[Wanted]:
    """Yield the trials, and `more` until there are enough entries to compare."""
    entries = 0
    for number, (trial, inputs) in enumerate(itertools.chain(drawn, more)):
        if number >= len(drawn) and (entries >= ENOUGH or number >= MOST):
            return
        expected = np.array(reference(*inputs), dtype=np.float64)
        entries += expected.size
        yield trial, inputs, expected


def _look(
    called: Called, inputs: tuple[Any, ...], expected: Array, name: str, trial: Trial
) -> Verdict | Finding | None:
    """Return what is wrong with two calls, or None."""
    received: list[Array] = []
    for given, returned in called:
        if isinstance(returned, Raised):
            problem = crash(returned.error)
            details = {"trial": trial.label, "line": problem.line}
            return Finding(problem.code, problem.message, None, details)
        for before, after in zip(inputs, given, strict=True):
            if isinstance(before, np.ndarray) and before.tobytes() != after.tobytes():
                return Finding(
                    "mutates-input",
                    "It changes an array it was given, and the caller finds other numbers there: "
                    "work on a copy.",
                    None,
                    {"trial": trial.label},
                )
        if returned is None:
            text = "It returned None: is there a return statement?"
            return Finding("type", text, None, {"trial": trial.label})
        if type(returned) is np.ndarray and returned.dtype == np.float64:
            received.append(returned.copy())
            continue
        read = as_gradient(returned, name, None)
        if isinstance(read, Problem):
            return Finding(read.code, read.message, name, {"trial": trial.label})
        received.append(read)
    if not _same_numbers(received[0], received[1]):
        return Finding(
            "stateful",
            "A second call with the same inputs gives something else: it keeps something from "
            "call to call.",
            None,
            {"trial": trial.label},
        )
    if received[0].shape != expected.shape:
        return _misshapen(received[0], expected, name, trial)
    sizes = np.abs(expected)
    gap = np.abs(received[0] - expected)
    right = gap <= RELATIVE * sizes + FLOOR * sizes.max(initial=0.0)
    if right.all():
        return None
    return Verdict(received[0], expected, sizes, ~right)


def _same_numbers(one: Array, other: Array) -> bool:
    """Tell whether two arrays are equal, quickly where they are byte for byte."""
    if one.shape != other.shape:
        return False
    return one.tobytes() == other.tobytes() or np.array_equal(one, other, equal_nan=True)


def _only_square(
    candidate: Candidate,
    reference: Callable[..., Any],
    drawn: list[tuple[Trial, tuple[Any, ...]]],
    found: Finding,
) -> Finding:
    """Tell whether a crash comes from a matrix used the wrong way round."""
    # NumPy's complaint about shapes that do not fit; anything else has another reason.
    if "ValueError" not in found.message:
        return found
    for trial, inputs in drawn:
        matrices = [x for x in inputs if isinstance(x, np.ndarray) and x.ndim == 2]
        if trial.kind != "square" or not matrices:
            continue
        turned = tuple(
            x.T.copy() if isinstance(x, np.ndarray) and x.ndim == 2 else x for x in inputs
        )
        expected = np.asarray(reference(*turned), dtype=np.float64)
        (called,) = CalledTwice(candidate).each([inputs])
        if _look(called, inputs, expected, "result", trial) is None:
            return Finding(
                "transpose",
                "A matrix is used the wrong way round, transposed or not. Where it is square the "
                "shapes fit all the same and the numbers are wrong; elsewhere it does not run. "
                + found.message,
                None,
                found.details,
            )
    return found


def _misshapen(received: Array, expected: Array, name: str, trial: Trial) -> Finding:
    details = {
        "trial": trial.label,
        "shapes": [(name, str(expected.shape), str(received.shape), "wrong shape")],
    }
    shapes = f"shape {received.shape}; it must have shape {expected.shape}"
    if received.size == expected.size and same(received.ravel(), expected.ravel()):
        text = f"The numbers are right, but {name} has {shapes}."
        return Finding("shape", text, name, details)
    if received.ndim == expected.ndim >= 2:
        for axes in itertools.permutations(range(expected.ndim)):
            if same(received, np.transpose(expected, axes)):
                what = "is transposed" if expected.ndim == 2 else "has its axes in another order"
                return Finding("transpose", f"{name} {what}: it has {shapes}.", name, details)
        if received.ndim == 2 and received.shape == expected.shape[::-1]:
            text = f"{name} has the shape of the transpose: it has {shapes}."
            return Finding("transpose", text, name, details)
    return Finding("shape", f"{name} has {shapes}.", name, details)


def _diagnosed(results: Results) -> Finding:
    failure = results.failures[0]
    details = {
        "trial": failure.trial.label,
        "result": results.label,
        "received": failure.received,
        "expected": failure.expected,
        "wrong": failure.verdict.wrong,
    }
    for hypothesis in ORDER:
        finding = hypothesis(results)
        if finding is not None:
            return Finding(finding.code, finding.message, results.label, details)
    what = "the number." if failure.expected.shape == () else "the numbers: compare entry by entry."
    return Finding(
        "wrong-local",
        f"{results.label} is not what is measured on the forward pass. None of the usual mistakes "
        f"explains {what}",
        results.label,
        details,
    )
