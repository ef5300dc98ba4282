"""What a backward must do besides getting the numbers right.

It changes nothing in place, keeps nothing between calls, and returns the right
number of real float64 arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.checker.backward_call import BackwardCall, Problem, Started, Subject
from course_utils.checker.memory import NEVER_FILLED, spoil_memory
from course_utils.checker.report import Finding
from course_utils.checker.trials import Trial


def changed_in_place(
    changed: dict[str, Trial], problems: list[tuple[Trial, Problem]]
) -> list[Finding]:
    """Report a backward that changes its inputs or grad_output."""
    for what, trial in changed.items():
        details = {"trial": trial.label}
        if what == "upstream":
            return [
                Finding(
                    "mutates-upstream",
                    "backward changes grad_output in place. The same array may be on its way to "
                    "another step: work on a copy, or write `a = a * b` for `a *= b`.",
                    None,
                    details,
                )
            ]
        if what == "saved":
            return [
                Finding(
                    "mutates-input",
                    "backward changes an array that forward saved or returned, in place. A second "
                    "call finds other numbers there: work on a copy, or write `a = a * b` for "
                    "`a *= b`.",
                    None,
                    details,
                )
            ]
        name = what.split(":", 1)[1]
        return [
            Finding(
                "mutates-input",
                f"backward changes its input {name} in place, and the next step finds other "
                "numbers there: work on a copy, or write `a = a - b` for `a -= b`.",
                None,
                details,
            )
        ]
    return []


def problems(
    found: list[tuple[Trial, Problem]], tried: list[Trial], subject: Subject
) -> list[Finding]:
    """Report why the answers of some trials could not be compared."""
    if not found:
        return []
    trial, problem = found[0]
    name = None if problem.position is None else subject.names[problem.position]
    message = problem.message
    if problem.code == "crash" and len(found) < len(tried):
        message += f" This happened in {len(found)} of {len(tried)} trials"
        worked = [t for t in tried if all(t is not bad for bad, _ in found)]
        square = all(t.kind == "square" or t.kind == "special" for t in worked)
        message += ", in all but those with square shapes." if square else "."
    return [Finding(problem.code, message, name, {"trial": trial.label, "line": problem.line})]


@dataclass
class Repeat:
    """The first call that was looked at once more, after calls with other inputs.

    Attributes
    ----------
    started : Started
    call : BackwardCall
    reused : bool
        Whether what the first call returned had other numbers in it by then.
    """

    started: Started
    call: BackwardCall
    reused: bool


def is_reused(first: BackwardCall) -> bool:
    """Tell whether the arrays that a call returned have other numbers in them by now."""
    if first.grads is None:
        return False
    kept = [np.asarray(item, dtype=np.float64) for item in first.raw]
    return not _equal(kept, first.grads)


def between_calls(
    subject: Subject, calls: list[tuple[Trial, BackwardCall]], repeat: Repeat | None
) -> tuple[list[Finding], Repeat | None]:
    """Report what one call does to another: state, chance, arrays that are used again.

    Returns the second call as well, for `hidden_state` to go on from; it is made here if there is
    no `repeat` yet.
    """
    if not calls or calls[0][1].grads is None:
        return [], None
    trial, first = calls[0]
    before = first.grads or []
    if repeat is None:
        reused = is_reused(first)
        started = subject.start(trial.inputs)
        repeat = Repeat(started, subject.finish(started, trial.upstream), reused)
    again = repeat.call
    if again.grads is None:
        return [], None
    if not _equal(again.grads, before):
        unfilled = _never_filled(subject, trial)
        return [unfilled or _changing(_repeated(subject, trial))], None
    if repeat.reused:
        finding = Finding(
            "alias",
            "The arrays that backward returned change when backward is called again: "
            "it returns the same storage each time. Return new arrays.",
        )
        return [finding], None
    return [], repeat


def hidden_state(
    subject: Subject, calls: list[tuple[Trial, BackwardCall]], repeat: Repeat | None
) -> list[Finding]:
    """Report what only shows when arrays are used again, in right answers to be sure of them."""
    if repeat is None or _both_at_once(subject, calls, repeat):
        return []
    trial, first = calls[0]
    return _same_objects(subject, calls, repeat.started.given) or _written_into(
        subject, trial, repeat.call, first.grads or []
    )


def _both_at_once(
    subject: Subject, calls: list[tuple[Trial, BackwardCall]], repeat: Repeat
) -> bool:
    """Use arrays again in both ways before two calls; tell whether both are right.

    If one is not, all arrays are as they were, and it takes a call after each to tell why.
    """
    trial, first = calls[0]
    arrays = [*repeat.started.given, *_writable(repeat.call)]
    before = [array.copy() for array in arrays]
    _write_into(repeat.call)
    begun = _begun_again(subject, calls, repeat.started.given)
    begun.append((subject.start(trial.inputs), trial.upstream))
    expected = [calls[1][1].grads] if len(begun) > 1 else []
    expected.append(first.grads)
    found = list(subject.finish_each(begun))
    if all(a.grads is None or _equal(a.grads, e) for a, e in zip(found, expected, strict=True)):
        return True
    for array, numbers in zip(arrays, before, strict=True):
        array[...] = numbers
    return False


def _begun_again(
    subject: Subject, calls: list[tuple[Trial, BackwardCall]], arrays: tuple[Any, ...]
) -> list[tuple[Started, Array]]:
    """Put the second trial's numbers into the first one's arrays, and run forward on them."""
    if len(calls) < 2 or calls[1][1].grads is None:
        return []
    (first, _), (second, _) = calls[:2]
    if [x.shape for x in first.inputs] != [x.shape for x in second.inputs]:
        return []
    for array, new in zip(arrays, second.inputs, strict=True):
        array[...] = new
    ctx = subject.context()
    output = subject.function.forward(ctx, *arrays)
    return [(Started(ctx, second.inputs, arrays, output), second.upstream)]


def _same_objects(
    subject: Subject, calls: list[tuple[Trial, BackwardCall]], arrays: tuple[Any, ...]
) -> list[Finding]:
    """Give the same arrays again with other numbers in them, as a training loop does."""
    for again in subject.finish_each(_begun_again(subject, calls, arrays)):
        if again.grads is not None and not _equal(again.grads, calls[1][1].grads):
            return [
                Finding(
                    "stateful",
                    "When the same arrays come again with other numbers in them, backward still "
                    "answers for the old numbers: it keeps something from call to call.",
                )
            ]
    return []


def _repeated(subject: Subject, trial: Trial) -> list[list[Array]]:
    """Make one call five times, with no other one in between."""
    begun = [(subject.start(trial.inputs), trial.upstream) for _ in range(5)]
    return [call.grads or [] for call in subject.finish_each(begun)]


def _never_filled(subject: Subject, trial: Trial) -> Finding | None:
    """Report entries that are whatever is put into the memory before a call, and nothing else."""
    calls = []
    for value in (np.nan, 1.0, np.nan):
        started = subject.start(trial.inputs)
        for x in trial.inputs:
            spoil_memory(np.shape(x), value)
        calls.append(subject.finish(started, trial.upstream).grads or [])
    for k, first, second, third in zip(subject.wrt, *calls, strict=False):
        empty = np.isnan(first) & ~np.isnan(second) & np.isnan(third)
        if np.any(empty) and np.array_equal(first[~empty], second[~empty]):
            name = f"grad_{subject.names[k]}"
            return Finding(
                "nan",
                f"{np.sum(empty)} of {empty.size} entries of {name} are nan or anything else, and "
                f"the others are the same in each call. {NEVER_FILLED}",
                subject.names[k],
                {"trial": trial.label},
            )
    return None


def _changing(calls: list[list[Array]]) -> Finding:
    """Tell something kept, which grows steadily or settles, from chance."""
    steady = all(
        x.shape == y.shape == z.shape and np.allclose(y - x, z - y, rtol=1e-6, atol=0.0)
        for a, b, c in zip(calls, calls[1:], calls[2:], strict=False)
        for x, y, z in zip(a, b, c, strict=False)
    )
    settled = all(_equal(calls[-1], call) for call in calls[-3:])
    if steady or settled:
        return Finding(
            "stateful",
            "A second call of backward with the same inputs gives something else: it keeps "
            "something from call to call, or hands out memory that was never filled (np.empty). "
            "Everything it needs is in ctx.saved_tensors.",
        )
    return Finding(
        "nondeterministic",
        "backward gives another result each time it is called with the same inputs: "
        "there is chance in it.",
    )


def _written_into(
    subject: Subject, trial: Trial, call: BackwardCall, before: list[Array]
) -> list[Finding]:
    """Overwrite the returned arrays, as an optimiser may, and call once more."""
    _write_into(call)
    again = subject.call(trial.inputs, trial.upstream)
    if again.grads is not None and not _equal(again.grads, before):
        more = _repeated(subject, trial)
        if not all(_equal(call, again.grads) for call in more):
            return [_changing(more)]
        return [
            Finding(
                "alias",
                "Writing into a gradient that backward returned changes its next result: it "
                "returns its own storage. Return new arrays.",
            )
        ]
    return []


def _writable(call: BackwardCall) -> list[Array]:
    """Return the returned arrays that whoever called may write into."""
    return [
        item
        for item in call.raw
        if isinstance(item, np.ndarray) and item.flags.writeable and item.dtype.kind == "f"
    ]


def _write_into(call: BackwardCall) -> None:
    for item in _writable(call):
        item += 1.0


def _equal(a: list[Array] | None, b: list[Array] | None) -> bool:
    if a is None or b is None or len(a) != len(b):
        return False
    return all(
        x.shape == y.shape
        and (x.tobytes() == y.tobytes() or np.allclose(x, y, rtol=1e-12, atol=0.0, equal_nan=True))
        for x, y in zip(a, b, strict=True)
    )
