"""`examine`: try a backward in many ways and say what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array, Function
from course_utils.checker import codes, float32, shapes, side_effects
from course_utils.checker.backward_call import BackwardCall, Problem, Subject
from course_utils.checker.by_hand import with_example
from course_utils.checker.evidence import Failure, GradientEvidence, Projection
from course_utils.checker.examination import Examination, details_of, wrong_way_round
from course_utils.checker.forward_pass import ForwardPass
from course_utils.checker.hypotheses import OF_GRADIENTS, diagnose, layout
from course_utils.checker.inputs import inputs_of, positions_of
from course_utils.checker.report import Finding, Report, new_seed, tell
from course_utils.checker.tolerance import Yardstick
from course_utils.checker.trials import (
    ENOUGH,
    MADE_UP,
    OPTIONAL,
    MakeInputs,
    Plan,
    Special,
    Trial,
    sizes_of,
)
from course_utils.measure.branches import Branches

MEASURED = 2  # failing trials of one gradient that are measured entry by entry
PROJECTED = 3  # further ones, looked at along one direction
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
    without: Sequence[str] = (),
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
        The inputs that have a gradient; by default all but those that are drawn as
        integers or truth values. `backward` returns one gradient for each of them, or
        one for each input with None elsewhere.
    special : sequence of (name, callable), optional
        ``build(rng)`` draws inputs the author wants tried: zeros, large ones.
    square : sequence of names, optional
        Sizes to be made equal in one trial.
    batch : str, optional
        The name of the batch size.
    smallest : mapping, optional
        The smallest sensible value of a size, where that is not 1.
    without : sequence of str, optional
        Kinds of trials to leave out, where the forward means nothing there: "other sizes",
        "square", "batch of 1", "size 1", "small", "zeros" or "large".
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
    build = make_inputs or getattr(function, "make_inputs", None)
    if build is not None and getattr(function, "backward", None) is Function.backward:
        name = function.__name__
        finding = Finding("not-filled-in", f"{name} has no `backward` yet. Is its name misspelt?")
        return Report(f"{name}.backward", passed=False, findings=(finding,))
    if not (isinstance(function, type) and issubclass(function, Function)):
        raise TypeError(f"give a subclass of Function, not {function!r:.60}")
    if build is None:
        raise TypeError(
            f"{function.__name__} has no make_inputs: give the check a function "
            "make_inputs(rng, **sizes) that draws its inputs"
        )
    sizes = sizes_of(build, dims)
    names, with_gradient = inputs_of(function, build, sizes)
    positions = positions_of(names, with_gradient if wrt is None else wrt)
    batch = batch or ("q" if "q" in sizes else None)
    unknown = [kind for kind in without if kind not in OPTIONAL]
    if unknown:
        raise ValueError(f"without names {unknown[0]!r}; it may name {', '.join(OPTIONAL)}")
    least = dict(smallest or {})
    plan = Plan(build, sizes, positions, special, square, batch, least, without=without)
    seed = new_seed() if seed is None else seed
    examination = BackwardExamination(Subject(function, positions, names), plan, seed)
    return with_example(examination.report(), examination, seed)


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
    tell(examine(function, make_inputs, **how))


class BackwardExamination(Examination[BackwardCall]):
    """One run of the checker over the backward of one `Function`."""

    def __init__(self, subject: Subject, plan: Plan, seed: int | None) -> None:
        names = tuple(subject.names[k] for k in subject.wrt)
        super().__init__(f"{subject.function.__name__}.backward", names)
        self.subject = subject
        rng = np.random.default_rng(seed)
        # With numbers of its own it draws the same ones whether it looks at a trial before the
        # next one is drawn, or after all of them.
        self.yardstick = Yardstick(subject.forward, subject.wrt, rng.spawn(1)[0])
        self.plan = plan
        plan.rng = rng.spawn(1)[0]
        plan.branches = Branches(subject.forward, subject.wrt)
        self.forward_pass = ForwardPass(subject, rng)
        self.problems: list[tuple[Trial, Problem]] = []
        self.changed: dict[str, Trial] = {}
        self.misshapen: list[tuple[Trial, int, Array]] = []
        self.evidence = {
            k: GradientEvidence(
                name=subject.names[k],
                label=f"grad_{subject.names[k]}",
                k=k,
                subject=subject,
                yardstick=self.yardstick,
                batch=plan.batch,
                rng=self.yardstick.rng,
            )
            for k in subject.wrt
        }
        self.calls: list[tuple[Trial, BackwardCall]] = []
        self.repeat: side_effects.Repeat | None = None

    def unproven(self) -> Iterator[str]:
        """Return the gradients that were never compared, or found wrong."""
        for k, evidence in self.evidence.items():
            shaped = all(j != k for _, j, _ in self.misshapen)
            if not (evidence.passed and shaped and not evidence.failures):
                yield evidence.name

    def unreached(self) -> list[str]:
        """Say which branches of the forward no trial has taken."""
        return [] if self.plan.branches is None else self.plan.branches.unreached()

    def answered(self) -> Iterator[tuple[Trial, BackwardCall]]:
        """Yield every trial with its call, and keep the first one's second for `side_effects`.

        The first generic trial comes again before the last of its kind, which writes over what
        was returned before, if it returns the same storage each time.
        """
        plan = self.plan.trials()
        trials = list(self.forward_pass.each(plan))
        begun = [(started, trial.upstream) for trial, started in trials]
        places = [i for i, (trial, _) in enumerate(trials) if trial.kind == "generic"]
        again = places[-1] if len(places) > 1 else None
        if again is not None:
            first = trials[places[0]][0]
            begun.insert(again, (self.subject.start(first.inputs), first.upstream))
        second: BackwardCall | None = None
        left = iter(trials)
        for place, call in enumerate(self.subject.finish_each(begun)):
            if place == again:
                second = call
            else:
                yield next(left)[0], call
        if again is not None and second is not None:
            reused = any(side_effects.is_reused(call) for _, call in self.calls[:1])
            self.repeat = side_effects.Repeat(begun[again][0], second, reused)
        if 0 < self.entries < ENOUGH and not self.problems:
            # Some could not be measured: others take their place.
            more = list(self.forward_pass.each(plan))
            begun = [(started, trial.upstream) for trial, started in more]
            for (trial, _), call in zip(more, self.subject.finish_each(begun), strict=True):
                yield trial, call

    def seen_enough(self) -> bool:
        """Tell whether what fails has failed in enough ways to be named."""
        # A backward that never gets as far as returning gradients needs no more trials.
        if len(self.problems) >= 6 and len(self.problems) == len(self.tried):
            return True
        failing = [e for e in self.evidence.values() if e.failures]
        return len(self.tried) >= STOP and any(len(e.wrong_in) >= 4 for e in failing)

    def look(self, trial: Trial, call: BackwardCall) -> None:
        """Sort what one trial showed."""
        if len(self.tried) == 1:
            self.yardstick.look_at(trial)
        if trial.kind == "generic" and len(self.calls) < 2:
            self.calls.append((trial, call))
        if call.problem and trial.kind in MADE_UP and "LinAlgError" in call.problem.message:
            self.dropped.append(trial)  # a matrix that has no inverse, which nobody has asked for
            return
        if call.problem is not None:
            self.problems.append((trial, call.problem))
            grads = call.rest
        else:
            grads = dict(zip(self.subject.wrt, call.grads or [], strict=True))
            if call.changed:
                self.changed.setdefault(call.changed, trial)
        fitting: list[tuple[int, Array]] = []
        for k, grad in grads.items():
            if grad.shape == trial.inputs[k].shape:
                # Of one that has the wrong shape elsewhere nothing more is said.
                if all(j != k for _, j, _ in self.misshapen):
                    fitting.append((k, grad))
            elif sum(j == k for _, j, _ in self.misshapen) < shapes.LOOKED_AT:
                self.misshapen.append((trial, k, grad))
        # One look at all gradients that were right so far; the others one by one.
        good = [(k, grad) for k, grad in fitting if not self.evidence[k].failures]
        suspects = [(k, grad) for k, grad in fitting if self.evidence[k].failures]
        if good and self.yardstick.agrees(trial, good):
            for k, grad in good:
                self._right(trial, k, grad, grad.size)
        else:
            suspects = good + suspects
        before = self.entries
        for k, grad in suspects:
            alone = len(good) == 1 and not self.evidence[k].failures
            self._compare(trial, k, grad, is_known=alone)
        if suspects and len(suspects) == len(grads) and self.entries == before:
            self.dropped.append(trial)

    def _right(self, trial: Trial, k: int, grad: Array, entries: int) -> None:
        self.evidence[k].passed.append((trial, grad))
        self.entries += entries

    def _compare(self, trial: Trial, k: int, grad: Array, *, is_known: bool) -> None:
        """Compare one gradient; `is_known` tells that it was found not to agree on its own."""
        evidence = self.evidence[k]
        # Of what failed before it is asked first whether it fails here: then that is all.
        if self._measured_enough(evidence):
            projection = Projection(self.yardstick, trial, k, grad)
            if self._is_far(trial, projection, grad):
                self.entries += grad.size
                evidence.wrong_in.append(trial)
                if len(evidence.more) < PROJECTED:
                    evidence.more.append(projection)
                return
        if not is_known and self.yardstick.agrees(trial, [(k, grad)]):
            self._right(trial, k, grad, grad.size)
            return
        comparison = self.yardstick.compare(trial, k, grad)
        if comparison is None:
            return
        if comparison.ok or float32.excused(self.yardstick, self.subject, trial, k, comparison):
            self._right(trial, k, grad, comparison.entries)
            return
        self.entries += comparison.entries
        evidence.wrong_in.append(trial)
        if len(evidence.failures) < MEASURED:
            evidence.failures.append(Failure(trial, comparison))

    def _measured_enough(self, evidence: GradientEvidence) -> bool:
        """Tell whether what fails is known entry by entry as well as it need be."""
        failures = evidence.failures
        if len(failures) >= MEASURED:
            return True
        # Many entries of one generic trial say as much as two trials of a few.
        return bool(failures) and failures[0].trial.kind == "generic" and failures[0].plenty

    def _is_far(self, trial: Trial, projection: Projection, grad: Array) -> bool:
        """Tell whether the gradient is off by more than rounding or a kink explains."""
        if trial.kind in ("zeros", "special") or not np.isfinite(grad).all():
            return False
        # Of two zeros there is no ratio.
        return not projection.is_gradient() and not abs(projection.ratio() - 1) < 1e-2

    def findings(self) -> Iterable[Finding]:
        """Return what is wrong, the most telling first."""
        found = side_effects.changed_in_place(self.changed, self.problems)
        if not found:
            found = side_effects.problems(self.problems, self.tried, self.subject)
        repeat = None
        if not found:
            found, repeat = side_effects.between_calls(self.subject, self.calls, self.repeat)
        if found and found[0].code not in ("crash",):
            return found
        misshapen = shapes.of_gradients(self.misshapen, self.yardstick, self.subject)
        wrong = {finding.input for finding in misshapen}
        failing = [e for e in self.evidence.values() if e.failures and e.name not in wrong]
        swapped = layout.swapped(failing)
        values = []
        for evidence in failing:
            finding = diagnose(evidence, OF_GRADIENTS)
            # Of a product, each factor has the other's gradient: then the factor is the mistake.
            if finding.code != "wrong-input" or finding.details.get("by"):
                finding = swapped.get(evidence.name, finding)
            values.append(self._shown(evidence, finding))
        # A finding that explains something comes before one that only says where, or how little.
        values.sort(key=lambda f: (codes.require(f.code).is_general, f.code == "small-error"))
        if found and values and values[0].code == "transpose":
            return [_runs_only_square(values[0], found[0])]
        wrong_numbers = found + misshapen + values
        # Where it runs and a mistake is known, that comes before where it does not run.
        if found and values and not codes.require(values[0].code).is_general:
            wrong_numbers = values + misshapen + found
        return (
            wrong_numbers
            or self._not_measured()
            or side_effects.hidden_state(self.subject, self.calls, repeat)
        )

    def _not_measured(self) -> list[Finding]:
        """Say that too little was compared for a pass."""
        never = [
            f"grad_{each.name}"
            for each in self.evidence.values()
            if not any(trial.own for trial, _ in each.passed)
        ]
        if self.entries >= ENOUGH and not never:
            return []
        name = self.subject.function.__name__
        what = f"no entry of {' and '.join(never)}" if never else f"only {self.entries} entries"
        message = (
            f"{name}.backward can be neither passed nor failed, which is not its fault: {what} "
            f"could be compared, and {ENOUGH} have to be. The slopes of {name}.forward cannot be "
            "measured where make_inputs draws: is it finite and without jumps around these "
            "inputs? Tell whoever wrote the exercise."
        )
        return [Finding("not-measured", message, None, {"trial": self.tried[0].label})]

    def _shown(self, evidence: GradientEvidence, finding: Finding) -> Finding:
        """Add what the rendering needs."""
        failure = evidence.failures[0]
        details = {
            **finding.details,
            **details_of(failure, evidence.label),
            "sizes": failure.trial.sizes,
            "shapes": [row for k in self.evidence for row in self._shape_of(k, failure.trial)],
            "failing": len(evidence.wrong_in),
            "of": len(self.tried),
        }
        message = finding.message + _only_made_up(evidence.wrong_in)
        return Finding(finding.code, message, finding.input or evidence.name, details)

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


def _only_made_up(trials: list[Trial]) -> str:
    """Say so where a mistake shows only at inputs that no author thinks of."""
    if not all(trial.kind in MADE_UP for trial in trials):
        return ""
    return f" This shows only at inputs that the check chose itself ({trials[0].label})."


def _runs_only_square(finding: Finding, crash: Finding) -> Finding:
    """Join the two faces of a matrix that is used the wrong way round."""
    matrix = finding.details.get("matrix", "a matrix")
    elsewhere = crash.message.split(" This happened")[0]
    message = f"grad_{finding.input}: {wrong_way_round(matrix, elsewhere)}"
    details = {**finding.details, "line": crash.details.get("line", "")}
    return Finding("transpose", message, finding.input, details)
