"""`check` and `score`: ask whether what you wrote is right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

from course_utils.autodiff.function import Function
from course_utils.checker import (
    Finding,
    Report,
    check_vjp,
    new_seed,
    not_filled_in,
    remember,
    render,
    tell,
)
from course_utils.checker.waiting import unattended
from course_utils.checks.declarations import declaration_of
from course_utils.checks.derived_or_measured import asking_ahead, reviewed
from course_utils.checks.rests_on import reviewed_here
from course_utils.checks.together import together
from course_utils.exercises.cells_run import judged_instead
from course_utils.exercises.notices import notice, silence
from course_utils.exercises.registry import (
    NOT_RIGHT,
    Exercise,
    Implementation,
    find,
    is_of_notebook,
    named,
    registry,
)
from course_utils.exercises.resting import watched
from course_utils.exercises.saved_work import follow_one


class Answer(Protocol):
    """What is examined of an exercise; an `Exercise` has it of this session."""

    implementation: Implementation | None
    stub_in_notebook: bool
    refused: str


class Submission(Protocol):
    """Somebody else's answers, from another process."""

    seed: int

    def answer(self, slot: Exercise) -> Answer:
        """Return the answer to an exercise."""

    def candidate(self, slot: Exercise, part: str) -> Implementation:
        """Return what one part of an exercise is to examine."""

    def reviewed(self, slot: Exercise, part: str, report: Report) -> Report:
        """Return the report on one part after a closer look."""


_submission: ContextVar[Submission | None] = ContextVar("submission", default=None)


@contextmanager
def examining(submission: Submission) -> Iterator[None]:
    """Let `check` and `score` examine a submission's answers in place of this session's.

    Nothing of it is put into the package: what the checks compare with is computed as if
    nothing were filled in.
    """
    token = _submission.set(submission)
    try:
        with silence(), unattended():
            yield
    finally:
        _submission.reset(token)


def check(target: Any, *, seed: int | None = None, **how: Any) -> None:
    """Check one exercise, or any `Function` of your own.

    Parameters
    ----------
    target : Function subclass, function or str
        An exercise of the course, such as ``MatVec`` or ``chain_rule``; or a
        `Function` you wrote yourself, with a ``make_inputs``.
    seed : int, optional
        Repeats the draws of an earlier check. Without it every check draws new
        shapes and numbers.
    **how
        For a Function of your own only: everything `check_vjp` takes.

    Raises
    ------
    CheckFailed
        With the diagnosis.

    Notes
    -----
    Nothing is compared with a stored answer: the forward pass, differentiated
    numerically, is the answer key.
    """
    if isinstance(target, Function):
        raise TypeError(f"give the class, {type(target).__name__}, and not an instance of it")
    if _is_own_function(target):
        if other := named(target.__name__):
            notice(f"This is your own {target.__name__}, and not that of {other.where}.")
        check_vjp(target, seed=seed, **how)
        return
    if how:
        raise TypeError(f"{', '.join(how)} can only be given for a Function of your own")
    slot = _meant(target)
    reports = examine_exercise(slot, seed)
    for report in reports.values():
        if report.passed:
            tell(report)
    if not all(report.passed for report in reports.values()):
        tell(together(slot.name, reports))


def score(target: Any, points: Mapping[str, float], *, seed: int | None = None) -> float:
    """Check one exercise whose parts carry points of their own.

    Parameters
    ----------
    target : as for `check`
    points : mapping
        Points for each part: names of `forward`'s inputs for a `Function`
        (``{"A": 2, "x": 1}``), names of the exercise's parts otherwise.
    seed : int, optional
        As for `check`.

    Returns
    -------
    float
        The points reached. What is wrong is printed first.

    Raises
    ------
    CheckFailed
        If no point is reached, with the diagnosis.

    Notes
    -----
    nbgrader reads the number from the cell's output as partial credit. It must be
    a built-in float: a NumPy one would be printed as ``np.float64(...)`` and count
    as full marks.
    """
    slot = _meant(target)
    reports = examine_exercise(slot, seed)
    right = parts_right(slot, reports)
    unknown = [name for name in points if name not in right]
    if unknown:
        raise TypeError(f"{slot.name} has no part {unknown[0]!r}; its parts are {', '.join(right)}")
    reached = float(sum(points[name] for name in points if right[name]))
    failed = [report for report in reports.values() if not report.passed]
    if failed and reached == 0.0:
        tell(together(slot.name, reports))
    total = float(sum(points.values()))
    if failed:
        report = together(slot.name, reports)
        remember(report)
        print(report.text())
        render.show_tables(report)
        named = ", ".join(name for name in points if right[name])
        print()
        render.show(f"{reached:g} of {total:g} points: {named} right.", render.PARTLY)
    else:
        first = next(iter(reports.values()))
        tell(first, f"{slot.name}: right, {reached:g} of {total:g} points. {first.summary()}")
    return reached


def _meant(target: Any) -> Exercise:
    """Return the exercise; say so where it is not what the notebook calls by that name."""
    slot = find(target)
    if is_of_notebook(target) and target is not slot.target:
        notice(
            f"{slot.short} was defined in this notebook without `@fill_in({slot.short})` above it: "
            "that is not what is judged. What is judged is what was filled in; "
            f"`from course_utils import {slot.short.split('.')[0]}` brings it back."
        )
    return slot


def _is_own_function(target: Any) -> bool:
    return (
        isinstance(target, type)
        and issubclass(target, Function)
        and all(target is not slot.target for slot in registry.values())
    )


def examine_exercise(slot: Exercise, seed: int | None) -> dict[str, Report]:
    """Return the report on every part, in order; one report if there is nothing to examine."""
    submission = _submission.get()
    answer: Answer = slot
    if submission is not None:
        answer = submission.answer(slot)
        seed = submission.seed if seed is None else seed
    else:
        follow_one(slot)
    seed = new_seed() if seed is None else seed
    parts = declaration_of(slot).parts
    implementation = answer.implementation
    if implementation is None or answer.stub_in_notebook:
        return dict.fromkeys(parts, _not_filled_in(slot, answer))
    if submission is None and (sentence := judged_instead(slot)):
        notice(sentence)
    reports = {}
    with slot.as_written():
        for name, examine in parts.items():
            candidate = submission.candidate(slot, name) if submission else implementation
            with asking_ahead(slot, name, candidate, seed):
                with watched() as used:
                    report = reviewed(slot, name, candidate, examine(candidate, seed), seed)
                if submission:
                    report = submission.reviewed(slot, name, report)
                else:
                    again = partial(examine, seed=seed)
                    report = reviewed_here(slot, report, used, again)
            title = f"{slot.name} ({name})" if name else slot.name
            reports[name] = replace(report, name=title, seed=seed)
    if submission is None:
        right = all(report.passed for report in reports.values())
        slot.judged = implementation, "" if right else NOT_RIGHT
    return reports


def _not_filled_in(slot: Exercise, answer: Answer) -> Report:
    """Say why nothing is judged; an answer of before is not what stands in the cell."""
    why = answer.refused.rstrip(".")
    if answer.implementation is None:
        told = f". The last attempt was not taken: {why}" if why else ""
        return not_filled_in(slot.name, f"{slot.where}{told}")
    why = why or (
        "its cell in this notebook is still the stub, though an earlier answer is saved; "
        f"print(saved_answer({slot.name!r})) shows it"
    )
    message = (
        f"{slot.name} ({slot.where}) is not judged: {why}. Other cells and notebooks still use the "
        "answer from before, which is not what stands in the cell."
    )
    return Report(slot.name, passed=False, findings=(Finding("not-filled-in", message),))


def parts_right(slot: Exercise, reports: Mapping[str, Report]) -> dict[str, bool]:
    """Tell of each part that can carry points whether it is right."""
    if not isinstance(slot.target, type):
        return {name: report.passed for name, report in reports.items()}
    report = reports[""]
    function: type[Function] = slot.target
    by_input = report.by_input()
    return {
        name: report.passed or bool(by_input.get(name, False)) for name in function.input_names()
    }
