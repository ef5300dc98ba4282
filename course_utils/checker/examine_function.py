"""`examine_function`: compare a plain function with a trusted counterpart."""

from __future__ import annotations

import inspect
import io
import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import redirect_stderr
from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.checker import codes, float32, shapes
from course_utils.checker.backward_call import Problem, as_array, crash
from course_utils.checker.by_hand_function import with_small_numbers
from course_utils.checker.candidate import Arguments, Raised, Unreadable, candidate_of
from course_utils.checker.evidence import Evidence, Failure
from course_utils.checker.examination import Examination, details_of
from course_utils.checker.hypotheses import OF_RESULTS, diagnose
from course_utils.checker.memory import NEVER_FILLED, spoil_memory
from course_utils.checker.mixed_arguments import Confusion
from course_utils.checker.mixed_results import Answer
from course_utils.checker.mixed_up import at_equal_sizes, invited, mixed_up, surely
from course_utils.checker.report import Finding, Report
from course_utils.checker.tolerance import Comparison, compared
from course_utils.checker.trials import MakeInputs, Special, Trial, plan_for_function, wanted
from course_utils.measure.memo import copied
from course_utils.measure.numerical import quiet

STOPS = ("crash", "not-filled-in", "type")  # codes of what will not get better

CHANGED = (
    "It changes an array it was given, and the caller finds other numbers there: work on a copy."
)
KEPT = (
    "A second call with the same inputs gives something else: it keeps something from call to "
    "call, or there is chance in it."
)
PARTLY = (
    "A second call with the same inputs gives something else in {changed} of {size} entries of "
    f"{{label}}, and the same in the others. {NEVER_FILLED}"
)
TUPLE = "A tuple of {n} was returned, where {label} alone is asked for.{which}"
RIGHT_ONE = " Its item {i}, counted from 0, is right."

Calls = list[tuple[Arguments, Any]]
"""The arguments of each of two calls, as they are after it, and what it returned."""


def examine_function(
    candidate: Callable[..., Any],
    reference: Callable[..., Any],
    make_inputs: MakeInputs,
    *,
    special: Special = (),
    result_name: str = "result",
    seed: int | None = None,
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
    """
    called = CalledTwice(candidate, make_inputs, special, seed)
    return FunctionExamination(called, reference, result_name).report()


class CalledTwice:
    """A function's calls, two for each of the inputs that are drawn.

    They are made once, however often they are compared with something.
    """

    def __init__(
        self,
        candidate: Callable[..., Any],
        make_inputs: MakeInputs,
        special: Special = (),
        seed: int | None = None,
    ) -> None:
        self.candidate = candidate_of(candidate)
        self.make_inputs = make_inputs
        self._rng = np.random.default_rng(seed)
        self._plan = plan_for_function(make_inputs, special, self._rng.spawn(1)[0])
        self._drawn: list[Trial] = []
        self._known: list[Calls] = []
        self._asked: Iterator[Calls] = iter(())

    def trials(self) -> Iterator[Trial]:
        """Yield the trials, without end and always the same."""
        for number in itertools.count():
            if number == len(self._drawn):
                trial = next(self._plan)
                trial.arguments = tuple(trial.build(self._rng))
                trial.inputs = tuple(x for x in trial.arguments if isinstance(x, np.ndarray))
                self._drawn.append(trial)
            yield self._drawn[number]

    def each(self, trials: Iterable[Trial]) -> Iterator[Calls]:
        """Yield the calls of the first trials, which may have been made already."""
        (left,) = itertools.tee(trials, 1)
        for number, trial in enumerate(left):
            if number == len(self._known):
                calls = next(self._asked, None)
                if calls is None:
                    self._asked = self.at(t.arguments for t in itertools.chain([trial], copy(left)))
                    calls = next(self._asked)
                self._known.append(calls)
            yield self._known[number]

    def at(self, inputs: Iterable[Arguments]) -> Iterator[Calls]:
        """Call twice for each inputs. What a call returned stays as it was then."""
        given: deque[Arguments] = deque()

        def copies() -> Iterator[Arguments]:
            for arguments in inputs:
                for _ in range(2):  # a call may change what it is given
                    given.append(copied(arguments))
                    yield given[-1]

        outcomes = map(copied, self.candidate.call_each(copies()))
        for first in outcomes:
            second = next(outcomes)
            yield [(given.popleft(), first), (given.popleft(), second)]


Answered = tuple[Array, Calls]
"""What is expected, and the two calls."""


class FunctionExamination(Examination[Answered]):
    """One comparison of a plain function with a trusted counterpart.

    `confusions` are the mix-ups that the exercise invites, tried in order.
    """

    def __init__(
        self,
        called: CalledTwice,
        reference: Callable[..., Any],
        result_name: str = "result",
        confusions: Sequence[Confusion] = (),
    ) -> None:
        name = called.candidate.__name__
        super().__init__(name if name and not name.startswith("<") else result_name, (result_name,))
        self.called = called
        self.reference = reference
        self.label = result_name
        self.confusions = confusions
        self.evidence = Evidence(name="the input", label=result_name)
        self.problem: Finding | None = None
        self.coarse: bool | None = None  # until it is asked

    def answered(self) -> Iterator[tuple[Trial, Answered]]:
        """Yield the trials, and further ones until there are enough entries to compare."""

        def expect(trial: Trial) -> tuple[Array, int]:
            expected = np.array(self.reference(*trial.arguments), dtype=np.float64)
            spoil_memory(expected.shape)
            return expected, expected.size

        pairs, again = itertools.tee(wanted(self.called.trials(), expect))
        each = self.called.each(trial for trial, _ in again)
        for (trial, expected), calls in zip(pairs, each, strict=True):
            if trial.further and self.evidence.failures:
                return
            yield trial, (expected, calls)

    def look(self, trial: Trial, answer: Answered) -> None:
        """Sort what one trial showed."""
        expected, calls = answer
        self.entries += expected.size
        received = self.received(trial, calls)
        if not isinstance(received, Finding) and received.shape != expected.shape:
            received = shapes.of_result(received, expected, self.label, trial)
        if isinstance(received, Finding):
            if self.problem is None or received.code in STOPS:
                self.problem = received
            return
        comparison = compared(received, expected)
        if comparison.ok or self._is_coarse(trial, comparison):
            self.evidence.passed.append((trial, received))
        else:
            self.evidence.failures.append(Failure(trial, comparison))

    def _is_coarse(self, trial: Trial, comparison: Comparison) -> bool:
        """Tell whether float32 inside explains what is off, and the function is of that kind."""
        given = trial.arguments
        if self.coarse is False or not float32.explains(comparison, self.reference, given):
            return False

        def ask(many: Iterable[Arguments]) -> Iterator[list[Array]]:
            for calls in self.called.at(many):
                read = as_array(calls[0][1], self.label, None)
                yield [] if isinstance(read, Problem) else [read]

        if self.coarse is None:
            self.coarse = float32.moves_in_steps(ask, given)
        return self.coarse

    def report(self) -> Report:
        """Run all trials; if one failed, the report has what went in."""
        report = super().report()
        if report.passed:
            return report
        with quiet(), redirect_stderr(io.StringIO()):
            found = tuple(with_small_numbers(finding, self) for finding in report.findings)
        example = found[0].example
        failing = dict(example.inputs) if example else self._failing()
        return replace(report, findings=found, failing=failing)

    def _failing(self) -> dict[str, Any]:
        """Return the arguments of the trial that the first finding is about, by name."""
        label = self.problem.details.get("trial") if self.problem else None
        seen = [trial for trial in self.tried if trial.label == label]
        trials = [*seen[:1], *(failure.trial for failure in self.evidence.failures)]
        if not trials:
            return {}
        return self.by_name(trials[0].arguments)

    def by_name(self, arguments: Arguments) -> dict[str, Any]:
        """Return arguments by the names that the reference gives them."""
        try:
            names = list(inspect.signature(self.reference).parameters)
        except (TypeError, ValueError):  # NumPy's own have none
            names = []
        if len(names) != len(arguments):
            names = [f"input_{k}" for k in range(len(arguments))]
        return dict(zip(names, arguments, strict=True))

    def seen_enough(self) -> bool:
        """Tell whether further trials would end as the last one."""
        return self.problem is not None and self.problem.code in STOPS

    def findings(self) -> list[Finding]:
        """Return what is wrong."""
        found = self._never_filled()
        if found is None and self.problem is not None:
            named = invited(self.label, self._returned(), self.confusions)
            if named is None:
                return [self._where_it_runs(self._of_a_tuple(self.problem))]
            return [Finding(named.code, named.message, self.label, self.problem.details)]
        if not self.evidence.failures:
            return []
        answers = self._answers()
        found = found or invited(self.label, answers, self.confusions)
        found = found or surely(self.label, answers) or diagnose(self.evidence, OF_RESULTS)
        if codes.require(found.code).is_general and found.message not in self._own_words():
            found = mixed_up(self.label, answers, self.reference) or found
        details = details_of(self.evidence.failures[0], self.label)
        return [Finding(found.code, found.message, self.label, details)]

    def _own_words(self) -> set[str]:
        return {confusion.message for confusion in self.confusions}

    def _answers(self) -> list[Answer]:
        """Return what was compared; what was right was as expected."""
        failed = [Answer(f.trial.arguments, f.received, f.expected) for f in self.evidence.failures]
        passed = [Answer(trial.arguments, array, array) for trial, array in self.evidence.passed]
        return [*failed, *passed]

    def _returned(self) -> list[Answer]:
        """Return what was returned in every trial, of whatever shape; nothing if it cannot be."""
        answers = []
        for trial, calls in zip(self.tried, self.called.each(self.tried), strict=True):
            received = self.received(trial, calls)
            if isinstance(received, Finding):
                return []
            answers.append(Answer(trial.arguments, received, received))
        return answers

    def _never_filled(self) -> Finding | None:
        """Report entries of what was in memory, which is nan: see `spoil_memory`."""
        failures = self.evidence.failures
        unsteady = self.problem is not None and self.problem.code in ("stateful", "entries")
        if not failures or not (self.problem is None or unsteady):
            return None
        if not all(np.array_equal(f.comparison.wrong, np.isnan(f.received)) for f in failures):
            return None
        trial = failures[0].trial
        spoil_memory(failures[0].expected.shape, 1.0)
        (calls,) = self.called.at([trial.arguments])
        again = self.received(trial, calls)
        if isinstance(again, np.ndarray) and np.any(np.isnan(again)):
            return None  # it is nan whatever was in memory
        wrong, size = int(np.sum(failures[0].comparison.wrong)), failures[0].expected.size
        return Finding(
            "nan",
            f"{wrong} of {size} entries of {self.label} are nan or anything else, and the others "
            f"are right. {NEVER_FILLED}",
        )

    def received(self, trial: Trial, calls: Calls) -> Array | Finding:
        """Return the result of two calls, or what is wrong with it besides its numbers."""

        def wrong(code: str, message: str, about: str | None = None, line: str = "") -> Finding:
            details = {"trial": trial.label, **({"line": line} if line else {})}
            return Finding(code, message, about, details)

        received: list[Array] = []
        for given, outcome in calls:
            if isinstance(outcome, Raised) and isinstance(outcome.error, Unreadable):
                return wrong(outcome.error.code, str(outcome.error), self.label)
            if isinstance(outcome, Raised):
                problem = crash(outcome.error)
                return wrong(problem.code, problem.message, line=problem.line)
            for before, after in zip(trial.arguments, given, strict=True):
                if isinstance(before, np.ndarray) and before.tobytes() != after.tobytes():
                    return wrong("mutates-input", CHANGED)
            if outcome is None:
                return wrong("type", "It returned None: is there a return statement?")
            read = as_array(outcome, self.label, None)
            if isinstance(read, Problem):
                return wrong(read.code, read.message, self.label)
            received.append(read)
        first, second = received
        if _equal(first, second):
            return first
        changed = int(np.sum(first != second)) if first.shape == second.shape else first.size
        if changed == first.size:
            return wrong("stateful", KEPT)
        text = PARTLY.format(changed=changed, size=first.size, label=self.label)
        return wrong("entries", text, self.label)

    def _of_a_tuple(self, found: Finding) -> Finding:
        """Say of a tuple, where one array is asked for, that it is one."""
        if found.code not in ("shape", "type"):
            return found
        for trial, calls in zip(self.tried, self.called.each(self.tried), strict=True):
            returned = calls[0][1]
            if not isinstance(returned, tuple):
                continue
            number = np.ndim(self.reference(*trial.arguments)) == 0
            if number or len(returned) == 1 or any(isinstance(x, np.ndarray) for x in returned):
                which = self._right_item(returned, trial)
                text = TUPLE.format(n=len(returned), label=self.label, which=which)
                return Finding("type", text, self.label, {"trial": trial.label})
        return found

    def _right_item(self, returned: tuple[Any, ...], trial: Trial) -> str:
        """Say which item of a tuple is what was asked for, if one is."""
        expected = np.asarray(self.reference(*trial.arguments), dtype=np.float64)
        for i, item in enumerate(returned):
            read = as_array(item, self.label, None)
            if isinstance(read, Problem) or read.shape != expected.shape:
                continue
            if compared(read, expected).ok:
                return RIGHT_ONE.format(i=i)
        return ""

    def _where_it_runs(self, found: Finding) -> Finding:
        """Look at what stops because two sizes differ where they are equal, and it runs."""
        # What else stops it would stop it there as well; and this stops at all sizes that differ.
        if found.code != "crash" or self.evidence.passed:
            return found

        def answer(arguments: Arguments) -> Answer | None:
            (calls,) = self.called.at([arguments])
            trial = Trial("square", {}, True, lambda rng: arguments, arguments=arguments)
            received = self.received(trial, calls)
            expected = np.asarray(self.reference(*arguments), dtype=np.float64)
            if isinstance(received, Finding) or received.shape != expected.shape:
                return None
            return Answer(arguments, received, expected)

        said = at_equal_sizes(
            self.label, answer, self.called.make_inputs, self.reference, self.confusions
        )
        if said is None:
            return found
        details = {**found.details, "stopped": found.message}
        return Finding(said.code, f"{said.message} {found.message}", said.input, details)


def _equal(one: Array, other: Array) -> bool:
    """Tell whether two arrays are equal, quickly where they are byte for byte."""
    if one.shape != other.shape:
        return False
    return one.tobytes() == other.tobytes() or np.array_equal(one, other, equal_nan=True)
