"""`examine`: try a backward in many ways and say what is wrong with it."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stderr
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array, Function
from course_utils.checker import codes, shapes
from course_utils.checker import float32 as rounding
from course_utils.checker import side_effects as contract
from course_utils.checker.backward_call import Answer, Problem, Started, Subject
from course_utils.checker.evidence import Evidence, Failure, Probe
from course_utils.checker.hypotheses import diagnose, layout
from course_utils.checker.report import CheckFailed, Finding, Report
from course_utils.checker.tolerance import Judge
from course_utils.checker.trials import (
    ENOUGH,
    MOST,
    MakeInputs,
    Special,
    Trial,
    plan,
    random_upstream,
    sizes_of,
)

MEASURED = 2  # failing trials of one gradient that are measured entry by entry
PROBED = 3  # further ones, looked at along one direction
TOO_LARGE = 1e30  # an output beyond float32 comes from inputs nobody would use
RESIZED = ("other sizes", "square", "size 1", "batch of 1")  # kinds of other sizes than the first
STOP = 8  # trials after which a gradient that fails needs no further ones


def examine(
    function: type[Function],
    make_inputs: MakeInputs | None = None,
    *,
    dims: Mapping[str, int] | None = None,
    wrt: Sequence[str | int] | None = None,
    special: Special = (),
    square: Sequence[str] = (),
    batch: str | None = None,
    smallest: Mapping[str, int] | None = None,
    seed: int | None = None,
) -> Report:
    """Examine a `Function`'s backward; never raises for what the backward does.

    Parameters
    ----------
    function : subclass of `Function`
        Its forward is trusted, its backward is examined.
    make_inputs : callable, optional
        ``make_inputs(rng, **sizes)`` draws a tuple of float64 arrays. The defaults
        of its keyword arguments are the generic sizes; best are numbers that are
        all different. ``function.make_inputs`` if left out.
    dims : mapping, optional
        Generic sizes, where make_inputs has no defaults.
    wrt : sequence of names or positions, optional
        The inputs that have a gradient; all by default. `backward` returns one
        gradient for each of them, or one for each input with None elsewhere.
    special : sequence of (name, callable), optional
        ``build(rng)`` draws inputs the author wants tried: zeros, large ones.
    square : sequence of names, optional
        Sizes to be made equal in one trial.
    batch : str, optional
        The name of the batch size.
    smallest : mapping, optional
        The smallest sensible value of a size, where that is not 1.
    seed : int, optional
        Repeats the draws of an earlier examination.

    Returns
    -------
    Report

    Raises
    ------
    TypeError, ValueError
        If the forward or make_inputs cannot be used, which is not the learner's doing.
    """
    can_draw = make_inputs is not None or hasattr(function, "make_inputs")
    if can_draw and getattr(function, "backward", None) is Function.backward:
        name = function.__name__
        finding = Finding("not-filled-in", f"{name} has no `backward` yet. Is its name misspelt?")
        return Report(f"{name}.backward", passed=False, findings=(finding,))
    return Examination(
        function, make_inputs, dims, wrt, special, square, batch, smallest, seed
    ).report()


def check_vjp(function: type[Function], make_inputs: MakeInputs | None = None, **how: Any) -> None:
    """Check the backward of any `Function`; the general form of `check`.

    Parameters
    ----------
    function, make_inputs, **how
        As for `examine`.

    Raises
    ------
    CheckFailed
        With the diagnosis.
    """
    report = examine(function, make_inputs, **how)
    if not report.passed:
        raise CheckFailed(report)
    print(f"{report.name}: right. {report.summary()}")


class Examination:
    """One run of the checker over one `Function`."""

    def __init__(
        self,
        function: type[Function],
        make_inputs: MakeInputs | None,
        dims: Mapping[str, int] | None,
        wrt: Sequence[str | int] | None,
        special: Special,
        square: Sequence[str],
        batch: str | None,
        smallest: Mapping[str, int] | None,
        seed: int | None,
    ) -> None:
        if not (isinstance(function, type) and issubclass(function, Function)):
            raise TypeError(f"give a subclass of Function, not {function!r:.60}")
        build = make_inputs or getattr(function, "make_inputs", None)
        if build is None:
            raise TypeError(
                f"{function.__name__} has no make_inputs: give the check a function "
                "make_inputs(rng, **sizes) that draws its inputs"
            )
        self.name = f"{function.__name__}.backward"
        self.rng = np.random.default_rng(seed)
        sizes = sizes_of(build, dims)
        names = function.input_names()
        if not names:
            count = len(build(np.random.default_rng(0), **sizes))
            names = tuple(f"input_{i}" for i in range(count))
        self.wrt = _positions(names, range(len(names)) if wrt is None else wrt)
        self.subject = Subject(function, self.wrt, names)
        # With numbers of its own the judge draws the same ones whether it looks at a trial
        # before the next one is drawn, or after all of them.
        self.judge = Judge(self.subject.forward, self.wrt, self.rng.spawn(1)[0])
        self.batch = batch or ("q" if "q" in sizes else None)
        self.plan = plan(
            build,
            sizes,
            self.wrt,
            special=special,
            square=square,
            batch=self.batch,
            smallest=smallest,
        )
        self.first: Trial | None = None
        self.tried: list[Trial] = []
        self.entries = 0
        self.problems: list[tuple[Trial, Problem]] = []
        self.changed: dict[str, Trial] = {}
        self.misshapen: list[tuple[Trial, int, Array]] = []
        self.evidence = {
            k: Evidence(k, names[k], self.subject, self.judge, self.batch, self.judge.rng)
            for k in self.wrt
        }
        self.answers: list[tuple[Trial, Answer]] = []
        self.repeat: contract.Repeat | None = None

    def report(self) -> Report:
        """Run all trials and put the findings together."""
        # What a learner's code warns of is nobody's business here, least of all the grade's.
        quiet = redirect_stderr(io.StringIO())
        with warnings.catch_warnings(), np.errstate(all="ignore"), quiet:
            warnings.simplefilter("ignore")
            self._run()
            findings = tuple(self._findings())
        return Report(
            name=self.name,
            passed=not findings,
            findings=findings,
            inputs=tuple(self.subject.names[k] for k in self.wrt),
            trials=tuple(trial.label for trial in self.tried),
            entries=self.entries,
            unproven=tuple(e.name for k, e in self.evidence.items() if not self._is_right(k)),
        )

    def _is_right(self, k: int) -> bool:
        """Tell whether a gradient was compared, and never found wrong."""
        evidence = self.evidence[k]
        shaped = all(j != k for _, j, _ in self.misshapen)
        return bool(evidence.passed) and shaped and not evidence.failures

    def _run(self) -> None:
        for trial, answer in self._answered():
            self.tried.append(trial)
            if len(self.tried) == 1:
                self.judge.look_at(trial)
            if trial.kind == "generic" and len(self.answers) < 2:
                self.answers.append((trial, answer))
            self._look(trial, answer)
            # A backward that never gets as far as returning gradients needs no more trials.
            only_problems = len(self.problems) >= 6 and len(self.problems) == len(self.tried)
            if only_problems or self._seen_enough():
                break

    def _answered(self) -> Iterator[tuple[Trial, Answer]]:
        """Yield every trial with its answer, and keep the first one's second for `contract`.

        The first generic trial comes again before the last of its kind, which writes over what
        was returned before, if it returns the same storage each time.
        """
        trials = list(self._prepared())
        begun = [(started, trial.upstream) for trial, started in trials]
        places = [i for i, (trial, _) in enumerate(trials) if trial.kind == "generic"]
        again = places[-1] if len(places) > 1 else None
        if again is not None:
            first = trials[places[0]][0]
            begun.insert(again, (self.subject.start(first.inputs), first.upstream))
        second: Answer | None = None
        left = iter(trials)
        for place, answer in enumerate(self.subject.finish_each(begun)):
            if place == again:
                second = answer
            else:
                yield next(left)[0], answer
        if again is not None and second is not None:
            reused = any(contract.is_reused(answer) for _, answer in self.answers[:1])
            self.repeat = contract.Repeat(begun[again][0], second, reused)

    def _prepared(self) -> Iterator[tuple[Trial, Started]]:
        """Yield as many trials as are wanted of a backward that is right."""
        count = entries = 0
        ended = False
        for trial in self.plan:
            ended = ended or trial.kind == "end"
            if ended and (entries >= ENOUGH or count >= MOST):
                return
            started = None if trial.kind == "end" else self._prepare(trial)
            if started is not None:
                self.first = self.first or trial
                count += 1
                entries += sum(trial.inputs[k].size for k in self.wrt)
                yield trial, started

    def _seen_enough(self) -> bool:
        """Tell whether what fails has failed in enough ways to be named."""
        failing = [e for e in self.evidence.values() if e.failures]
        return len(self.tried) >= STOP and any(len(e.wrong_in) >= 4 for e in failing)

    def _prepare(self, trial: Trial) -> Started | None:
        """Draw the inputs and run forward; None where the trial makes no sense."""
        name = self.subject.function.__name__
        try:
            inputs = trial.build(self.rng)
            if not isinstance(inputs, tuple | list) or len(inputs) != len(self.subject.names):
                raise ValueError(
                    f"make_inputs must return a tuple of {len(self.subject.names)} arrays, one for "
                    f"each input of forward ({', '.join(self.subject.names)})"
                )
            trial.inputs = tuple(np.asarray(x, dtype=np.float64) for x in inputs)
            started = self.subject.start(trial.inputs)
            trial.output = np.asarray(started.output)
            if trial.output.dtype.kind not in "fiub" or trial.output.size == 0:
                raise ValueError(
                    f"forward returned {started.output!r:.60}, not an array of numbers"
                )
        except Exception as error:
            # What the checker thought up itself may be out of the forward's bounds.
            if not trial.own or (self.first and trial.kind != "special"):
                return None
            raise ValueError(
                f"{name} cannot be checked, which is not the fault of its backward. "
                f"With the inputs that make_inputs draws ({trial.label}): {error}"
            ) from error
        largest = np.abs(trial.output).max()
        if not largest < np.inf:
            if trial.own and not self.first:
                raise ValueError(
                    f"{name} cannot be checked, which is not the fault of its backward: its "
                    "forward is not finite on the inputs that make_inputs draws"
                )
            return None
        if not trial.own and largest > TOO_LARGE:
            return None
        if self.first is None:
            self._require_steady_forward(trial, started)
        elif trial.kind in RESIZED and trial.shapes == self.first.shapes:
            # make_inputs pays no attention to the sizes; do not claim that it does.
            trial.kind, trial.sizes = "generic", self.first.sizes
        trial.upstream = random_upstream(self.rng, trial.output.shape, trial.kind)
        return started

    def _require_steady_forward(self, trial: Trial, started: Started) -> None:
        """Refuse a forward that changes its inputs, or has chance in it."""
        name = self.subject.function.__name__
        for which, before, after in zip(
            self.subject.names, trial.inputs, started.given, strict=True
        ):
            if before.tobytes() != after.tobytes():
                raise ValueError(f"{name}.forward changes its input {which} in place")
        again = np.asarray(self.subject.forward(*trial.inputs))
        if again.tobytes() != np.asarray(started.output).tobytes():
            raise ValueError(
                f"{name}.forward gives another output each time: draw what is random in make_inputs"
            )

    def _look(self, trial: Trial, answer: Answer) -> None:
        """Sort what one trial showed."""
        self.entries += sum(trial.inputs[k].size for k in self.wrt)
        if answer.problem is not None:
            self.problems.append((trial, answer.problem))
            grads = answer.rest
        else:
            grads = dict(zip(self.wrt, answer.grads or [], strict=True))
            if answer.changed:
                self.changed.setdefault(answer.changed, trial)
        fitting: list[tuple[int, Array]] = []
        for k, grad in grads.items():
            if grad.shape == trial.inputs[k].shape:
                fitting.append((k, grad))
            elif sum(j == k for _, j, _ in self.misshapen) < shapes.LOOKED_AT:
                self.misshapen.append((trial, k, grad))
        # One look at all gradients that were right so far; the others one by one.
        good = [(k, grad) for k, grad in fitting if not self.evidence[k].failures]
        suspects = [(k, grad) for k, grad in fitting if self.evidence[k].failures]
        if good and self.judge.agrees(trial, good):
            for k, grad in good:
                self.evidence[k].passed.append((trial, grad))
        else:
            for k, grad in good:
                self._compare(trial, k, grad)
        for k, grad in suspects:
            self._compare(trial, k, grad)

    def _compare(self, trial: Trial, k: int, grad: Array) -> None:
        evidence = self.evidence[k]
        probe = Probe(self.judge, trial, k, grad)
        if probe.agrees():
            evidence.passed.append((trial, grad))
            return
        if self._measured_enough(evidence) and self._is_far(trial, probe, grad):
            evidence.wrong_in.append(trial)
            if len(evidence.more) < PROBED:
                evidence.more.append(probe)
            return
        verdict = self.judge.judge(trial, k, grad)
        if verdict is None:
            return
        if verdict.ok or rounding.excused(self.judge, self.subject, trial, k, verdict):
            evidence.passed.append((trial, grad))
            return
        evidence.wrong_in.append(trial)
        if len(evidence.failures) < MEASURED:
            evidence.failures.append(Failure(trial, verdict, probe))

    def _measured_enough(self, evidence: Evidence) -> bool:
        """Tell whether what fails is known entry by entry as well as it need be."""
        failures = evidence.failures
        if len(failures) >= MEASURED:
            return True
        # Many entries of one generic trial say as much as two trials of a few.
        return bool(failures) and failures[0].trial.kind == "generic" and failures[0].plenty

    def _is_far(self, trial: Trial, probe: Probe, grad: Array) -> bool:
        """Tell whether the gradient is off by more than rounding or a kink explains."""
        if trial.kind in ("zeros", "special") or not np.isfinite(grad).all():
            return False
        return not abs(probe.ratio() - 1) < 1e-2

    def _findings(self) -> list[Finding]:
        """Return what is wrong, the most telling first."""
        found = contract.changed_in_place(self.changed, self.problems)
        if not found:
            found = contract.problems(self.problems, self.tried, self.subject)
        repeat = None
        if not found:
            found, repeat = contract.between_calls(self.subject, self.answers, self.repeat)
        if found and found[0].code not in ("crash",):
            return found
        misshapen = shapes.diagnose(self.misshapen, self.judge, self.subject, self.batch)
        wrong = {finding.input for finding in misshapen}
        failing = [e for e in self.evidence.values() if e.failures and e.name not in wrong]
        swapped = layout.swapped(failing)
        values = []
        for evidence in failing:
            finding = diagnose(evidence)
            # Of a product, each factor has the other's gradient: then the factor is the mistake.
            if finding.code != "wrong-input":
                finding = swapped.get(evidence.name, finding)
            values.append(self._shown(evidence, finding))
        # A finding that explains something comes before one that only says where.
        values.sort(key=lambda finding: codes.require(finding.code).is_general)
        if found and values and values[0].code == "transpose":
            return [_runs_only_square(values[0], found[0])]
        findings = found + misshapen + values
        return findings or contract.hidden_state(self.subject, self.answers, repeat)

    def _shown(self, evidence: Evidence, finding: Finding) -> Finding:
        """Add what the rendering needs."""
        failure = evidence.failures[0]
        details = {
            **finding.details,
            "trial": failure.trial.label,
            "sizes": failure.trial.sizes,
            "result": evidence.label,
            "received": failure.received,
            "expected": failure.expected,
            "wrong": failure.verdict.wrong,
            "shapes": [row for k in self.evidence for row in self._shape_of(k, failure.trial)],
            "failing": len(evidence.wrong_in),
            "of": len(self.tried),
        }
        return Finding(finding.code, finding.message, finding.input or evidence.name, details)

    def _shape_of(self, k: int, trial: Trial) -> Iterator[tuple[str, str, str, str]]:
        """Say of one gradient which shape is wanted, which came, and how that is."""
        wanted = str(trial.inputs[k].shape)
        misshapen = [(where, grad) for where, j, grad in self.misshapen if j == k]
        row = (f"grad_{self.evidence[k].name}", wanted)
        here = [grad for where, grad in misshapen if where is trial]
        if here:
            yield (*row, str(here[0].shape), "wrong shape")
        elif self.evidence[k].failures:
            yield (*row, wanted, "shape right, numbers wrong")
        elif not misshapen:  # else it was not kept what came in this trial
            yield (*row, wanted, "right")


def _runs_only_square(finding: Finding, crash: Finding) -> Finding:
    """Join the two faces of a matrix that is used the wrong way round."""
    matrix = finding.details.get("matrix", "a matrix")
    message = (
        f"grad_{finding.input}: {matrix} is used the wrong way round, transposed or not. "
        "Where it is square the shapes fit all the same and the numbers are wrong; "
        f"elsewhere it does not run. {crash.message.split(' This happened')[0]}"
    )
    details = {**finding.details, "line": crash.details.get("line", "")}
    return Finding("transpose", message, finding.input, details)


def _positions(names: tuple[str, ...], wrt: Sequence[str | int]) -> tuple[int, ...]:
    """Turn names or positions of inputs into positions."""
    found = []
    for which in wrt:
        position = names.index(which) if which in names else which
        if not isinstance(position, int) or not 0 <= position < len(names):
            raise ValueError(f"wrt names {which!r}; the inputs are {', '.join(names)}")
        found.append(position)
    if not found:
        raise ValueError("wrt is empty: there is no gradient to check")
    return tuple(found)
