"""Calling a learner's backward: what went in, what came out, and what it did on the side."""

from __future__ import annotations

import linecache
import os
import traceback
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array, Context, Function
from course_utils.checker.candidate import Arguments, Raised, candidate_of


@dataclass
class Problem:
    """Why an answer cannot be compared: a code, a sentence, the input it is about."""

    code: str
    message: str
    position: int | None = None
    line: str = ""


@dataclass
class BackwardCall:
    """One call of a backward.

    Attributes
    ----------
    problem : Problem or None
        What keeps the gradients from being compared.
    raw : tuple
        The returned objects, one for each differentiable input.
    grads : list of ndarray
        Copies of them, in float64.
    rest : dict
        With a problem in one gradient: the others, by the position of their input.
    changed : str
        What the call changed in place: "", "input:NAME", "saved" or "upstream".
    """

    problem: Problem | None = None
    raw: tuple[Any, ...] = ()
    grads: list[Array] | None = None
    rest: dict[int, Array] = field(default_factory=dict)
    changed: str = ""


@dataclass
class Started:
    """A forward that has been run: its context, its inputs, and the copies it was given."""

    ctx: Context
    inputs: tuple[Any, ...]
    given: tuple[Any, ...]
    output: Any


class _Watched:
    """A backward about to be run, with all that it must leave alone."""

    def __init__(self, started: Started, grad_output: Array) -> None:
        self.started = started
        self.upstream = grad_output
        self.given = grad_output.copy()
        inputs = {id(array) for array in started.given}
        arrays = (started.output, *started.ctx.saved_tensors)
        self.kept = [a for a in arrays if isinstance(a, np.ndarray) and id(a) not in inputs]
        self.before = [array.tobytes() for array in self.kept]

    def changed(self, names: tuple[str, ...]) -> str:
        """Return what is not as it was; see `BackwardCall`."""
        if self.given.tobytes() != self.upstream.tobytes():
            return "upstream"
        pairs = zip(names, self.started.inputs, self.started.given, strict=True)
        inputs = [name for name, before, now in pairs if before.tobytes() != now.tobytes()]
        if inputs:
            return f"input:{inputs[-1]}"
        return "saved" if self.before != [array.tobytes() for array in self.kept] else ""


class Subject:
    """A `Function` under examination, and the names of what it differentiates."""

    def __init__(self, function: type[Function], wrt: tuple[int, ...], names: tuple[str, ...]):
        self.function = function
        self.backward = candidate_of(function.backward)
        self.wrt = wrt
        self.names = names  # of all inputs
        self._needed = tuple(k in wrt for k in range(len(names)))

    def forward(self, *inputs: Any) -> Any:
        """Run the trusted forward on its own."""
        return self.function.forward(self.context(), *inputs)

    def context(self) -> Context:
        """Return an empty context, which knows whose gradients are wanted."""
        return Context(self._needed)

    def start(self, inputs: tuple[Any, ...]) -> Started:
        """Run forward on copies of `inputs`."""
        given = tuple(x.copy() for x in inputs)
        ctx = self.context()
        return Started(ctx, inputs, given, self.function.forward(ctx, *given))

    def finish(self, started: Started, grad_output: Array) -> BackwardCall:
        """Run backward on a copy of `grad_output`, and look at all that happened."""
        (answer,) = self.finish_each([(started, grad_output)])
        return answer

    def finish_each(self, begun: Iterable[tuple[Started, Array]]) -> Iterator[BackwardCall]:
        """Run backward for each forward and its `grad_output`, in order."""
        watched: deque[_Watched] = deque()

        def calls() -> Iterator[Arguments]:
            for started, grad_output in begun:
                watched.append(_Watched(started, grad_output))
                yield started.ctx, watched[-1].given

        for outcome in self.backward.call_each(calls()):
            yield self._answer(watched.popleft(), outcome)

    def _answer(self, watched: _Watched, outcome: Any) -> BackwardCall:
        if isinstance(outcome, Raised):
            return BackwardCall(problem=crash(outcome.error))
        answer = self._read(outcome, watched.started.inputs)
        answer.changed = watched.changed(self.names)
        return answer

    def call(self, inputs: tuple[Any, ...], grad_output: Array) -> BackwardCall:
        """Run forward and then backward."""
        return self.finish(self.start(inputs), grad_output)

    def _read(self, returned: Any, inputs: tuple[Any, ...]) -> BackwardCall:
        wanted, all_inputs = len(self.wrt), len(inputs)
        if returned is None:
            return BackwardCall(
                problem=Problem("type", "backward returned None: is there a return statement?")
            )
        if isinstance(returned, tuple) or (
            isinstance(returned, list) and not _is_one_array(returned, inputs[self.wrt[0]], wanted)
        ):
            items = list(returned)
        else:
            items = [returned]
        while len(items) > all_inputs and items[-1] is None:  # as PyTorch allows
            items.pop()
        if len(items) == all_inputs > wanted and all(
            item is None for k, item in enumerate(items) if k not in self.wrt
        ):
            items = [items[position] for position in self.wrt]
        elif len(items) != wanted:
            return BackwardCall(problem=self._miscounted(len(items)))
        grads: dict[int, Array] = {}
        problem: Problem | None = None
        for position, item in zip(self.wrt, items, strict=True):
            read = as_array(item, f"grad_{self.names[position]}", position)
            if isinstance(read, Problem):
                problem = problem or read
            else:
                grads[position] = read
        if problem is not None:
            return BackwardCall(problem=problem, raw=tuple(items), rest=grads)
        return BackwardCall(raw=tuple(items), grads=list(grads.values()))

    def _miscounted(self, received: int) -> Problem:
        """Say which gradients are wanted, where there are more or fewer."""
        order = ", ".join(f"grad_{self.names[position]}" for position in self.wrt)
        text = (
            f"backward returned {_amount(received)}; it must return {len(self.wrt)}, "
            f"in this order: {order}."
        )
        without = [name for k, name in enumerate(self.names) if k not in self.wrt]
        if without:
            text += (
                f" There is no gradient for {' and '.join(without)}: leave it out, or return None."
            )
        return Problem("count", text)


def _amount(n: int) -> str:
    return f"{n} gradient" if n == 1 else f"{n} gradients"


def _is_one_array(returned: list[Any], x: Array, wanted: int) -> bool:
    """Tell whether a list is the only gradient itself, and not a list of gradients."""
    if wanted > 1:
        return False
    try:
        return np.shape(returned) == x.shape and np.shape(returned[:1]) != (1, *x.shape)
    except (ValueError, TypeError):
        return False


def as_array(item: Any, name: str, position: int | None) -> Array | Problem:
    """Return a float64 copy of what was returned for one array, or what is the matter with it."""
    if type(item) is np.ndarray and item.dtype == np.float64:
        return item.copy()
    if item is None:
        return Problem("count", f"{name} is missing: None was returned in its place.", position)
    if isinstance(item, np.matrix):
        text = (
            f"{name} is an np.matrix, which always has two axes, and for which * is the product "
            "of matrices: return an array, and write @ for that product."
        )
        return Problem("type", text, position)
    try:
        array = np.asarray(item)
    except (ValueError, TypeError):
        text = f"{name} is a {type(item).__name__} of uneven rows."
        return Problem("type", text, position)
    kind = array.dtype.kind
    if kind == "f" and array.dtype.itemsize >= 8:
        return np.array(array, dtype=np.float64)
    if kind == "f":
        return Problem(
            "dtype-float32",
            f"{name} has dtype {array.dtype}; gradients are float64 here. "
            "float32 keeps 7 digits only.",
            position,
        )
    if kind in "iub":
        # A list such as [0, 0] lost nothing; an integer array cuts off what is put into it.
        if not isinstance(item, np.ndarray):
            return np.array(array, dtype=np.float64)
        return Problem(
            "dtype-int",
            f"{name} has dtype {array.dtype}: integers drop everything after the decimal point.",
            position,
        )
    if kind == "O" and isinstance(item, np.ndarray | list | tuple):
        return Problem(
            "dtype-object",
            f"{name} has dtype object; it must be an array of float64 numbers.",
            position,
        )
    if kind == "c":
        return Problem("type", f"{name} holds complex numbers; it must hold real ones.", position)
    a = "a text" if kind == "U" else f"of type {type(item).__name__}"
    return Problem("type", f"{name} is {a}; it must be made of numbers.", position)


def crash(error: BaseException) -> Problem:
    """Describe an exception by the learner's own line."""
    if isinstance(error, NotImplementedError):
        return Problem("not-filled-in", "It is not filled in yet.")
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not _is_ours(frame.filename)]
    line = ""
    if own:
        frame = own[-1]
        # The innermost line of the learner's, above those of a library it called.
        for candidate in reversed(own):
            if "site-packages" not in candidate.filename and not _is_library(candidate.filename):
                frame = candidate
                break
        text = (frame.line or linecache.getline(frame.filename, frame.lineno or 0)).strip()
        line = f"line {frame.lineno}: {text}"
    said = traceback.format_exception_only(error)[-1].strip()
    if isinstance(error, SystemExit):
        said = f"it left Python: {said}"
    return Problem("crash", f"It stopped with an error: {said}", line=line)


_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_LIBRARY = os.path.dirname(os.__file__)


def _is_ours(filename: str) -> bool:
    return filename.startswith(_PACKAGE) and "filled_in" not in filename[len(_PACKAGE) :]


def _is_library(filename: str) -> bool:
    return filename.startswith((_LIBRARY, "<__array", "<frozen"))
