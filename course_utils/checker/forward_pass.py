"""Running the trusted forward on what was drawn, and refusing one that cannot be examined."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NoReturn

import numpy as np

from course_utils.autodiff.function import as_float64, output_of
from course_utils.checker.backward_call import Started, Subject
from course_utils.checker.inputs import advice
from course_utils.checker.trials import Trial, random_upstream, wanted

TOO_LARGE = 1e30  # an output beyond float32 comes from inputs nobody would use
MOVE = 1e-6  # of an input's size
UNEVEN = 1e4  # so many times as much one entry of the output moves as another
RESIZED = ("other sizes", "square", "size 1", "batch of 1")  # kinds of other sizes than the first


class ForwardPass:
    """Gets trials ready for a backward.

    Attributes
    ----------
    first : Trial or None
        The first one that made sense.
    """

    def __init__(self, subject: Subject, rng: np.random.Generator) -> None:
        self.subject = subject
        self.rng = rng
        self.first: Trial | None = None
        self.generic = 0  # trials of that kind so far

    def each(self, plan: Iterable[Trial]) -> Iterator[tuple[Trial, Started]]:
        """Yield as many trials as are wanted of a backward that is right."""
        return wanted(plan, self._prepared)

    def _prepared(self, trial: Trial) -> tuple[Started, int] | None:
        """Draw the inputs and run forward; None where the trial makes no sense."""
        try:
            started = self._started(trial)
        except Exception as error:
            # What the checker thought up itself may be out of the forward's bounds.
            if not trial.own or (self.first and trial.kind != "special"):
                return None
            self._refuse(
                f". With the inputs that make_inputs draws ({trial.label}): {error}", error
            )
        largest = np.abs(trial.output).max()
        if not largest < np.inf:
            if trial.own and not self.first:
                self._refuse(": its forward is not finite on the inputs that make_inputs draws")
            return None
        if not trial.own and largest > TOO_LARGE:
            return None
        if self.first is None:
            self._require_steady(trial, started)
            self.first = trial
        elif trial.kind in RESIZED and trial.shapes == self.first.shapes:
            # make_inputs pays no attention to the sizes; do not claim that it does.
            trial.kind, trial.sizes = "generic", self.first.sizes
        trial.upstream = random_upstream(self.rng, trial.output.shape, trial.kind)
        self._level(trial)
        return started, sum(trial.inputs[k].size for k in self.subject.wrt)

    def _level(self, trial: Trial) -> None:
        """Let no part of the output drown another one in the second generic trial.

        The gradient through entries that hardly move is lost beside that through some that move
        ten thousand times as much, unless what arrives at these is as much smaller.
        """
        self.generic += trial.kind == "generic"
        if self.generic != 2 or trial.kind != "generic" or trial.output.size < 2:
            return
        wrt = self.subject.wrt
        moved = [
            x * (1 + MOVE * self.rng.uniform(0.5, 1.5, x.shape)) if k in wrt else x
            for k, x in enumerate(trial.inputs)
        ]
        rise = np.abs(np.asarray(self.subject.forward(*moved)) - trial.output)
        if rise.shape != trial.output.shape or not np.isfinite(rise).all() or not rise.any():
            return
        least = max(float(rise[rise > 0].min()), MOVE**2 * float(rise.max()))
        if rise.max() > UNEVEN * least:
            trial.upstream = trial.upstream * (least / np.maximum(rise, least))

    def _started(self, trial: Trial) -> Started:
        names = self.subject.names
        inputs = trial.build(self.rng)
        if not isinstance(inputs, tuple | list) or len(inputs) != len(names):
            raise ValueError(
                f"make_inputs must return a tuple of {len(names)} arrays, one for "
                f"each input of forward ({', '.join(names)})"
            )
        trial.inputs = tuple(as_float64(x, name) for x, name in zip(inputs, names, strict=True))
        try:
            started = self.subject.start(trial.inputs)
        except (IndexError, TypeError) as error:
            if said := advice(inputs, names):
                raise TypeError(f"{error}. {said}") from error
            raise
        trial.output = output_of(self.subject.function, started.output)
        if trial.output.size == 0:
            raise ValueError("forward returned an empty array")
        return started

    def _refuse(self, why: str, cause: Exception | None = None) -> NoReturn:
        name = self.subject.function.__name__
        raise ValueError(
            f"{name} cannot be checked, which is not the fault of its backward{why}"
        ) from cause

    def _require_steady(self, trial: Trial, started: Started) -> None:
        """Refuse a forward that changes its inputs, or has chance in it."""
        name = self.subject.function.__name__
        pairs = zip(self.subject.names, trial.inputs, started.given, strict=True)
        for which, before, after in pairs:
            if before.tobytes() != after.tobytes():
                raise ValueError(f"{name}.forward changes its input {which} in place")
        again = np.asarray(self.subject.forward(*trial.inputs))
        if again.tobytes() != np.asarray(started.output).tobytes():
            raise ValueError(
                f"{name}.forward gives another output each time: draw what is random in make_inputs"
            )
