"""Exercises: what is left for the learner to write.

`exercise` marks a function, or the `backward` of a `Function`, as an exercise:
the package keeps one *slot* for it. Calling it runs what is in the slot, or, while
that is empty or not right, a numerical stand-in. How an exercise is examined, and what stands in
for it, is said elsewhere: nothing here, or in what is marked here, leads to an answer.
"""

from __future__ import annotations

import difflib
import functools
import inspect
import types
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from course_utils.autodiff.function import Context, Function
from course_utils.exercises.notices import forget, notice_once
from course_utils.exercises.resting import passed_on, trusting, watched

Implementation = Callable[..., Any]
T = TypeVar("T")

NOT_RIGHT = "is not right yet"
"""What is said of an answer that its check does not pass, after its name."""

registry: dict[str, Exercise] = {}
"""Every exercise of the course by its name, such as ``"MatVec.backward"``."""


class NotFilledIn(NotImplementedError):
    """An exercise was used that is not filled in, or not right, and has no numerical stand-in."""


@dataclass(eq=False)
class Exercise:
    """One thing to fill in.

    Attributes
    ----------
    name : str
        ``"MatVec.backward"`` for a backward, the function's name otherwise.
    notebook, number : str
        Where it is asked, such as ``"02_chain_rule"`` and ``"2.3"``.
    target : class or function
        What learners import: the `Function` or the function itself.
    parameters : tuple of str
        The argument names that the answer must have.
    module : str
        Where it is declared.
    implementation : callable or None
        What the learner wrote, from this session or from the saved work.
    stub_in_notebook : bool
        Whether the cell that was run last in this session is still the stub.
    refused : str
        Why the last attempt was not taken, "" if it was.
    load_error : str
        Why the saved answer does not load, "" if it does or there is none.
    judged : tuple
        The answer that was examined last, and what was found wrong with it, "" for nothing.
    times_filled : int
        How often something was filled in, in this session.
    running : int
        How many calls of the answer are under way: inside itself it is what it is.
    """

    name: str
    notebook: str
    number: str
    target: Any
    parameters: tuple[str, ...]
    module: str
    implementation: Implementation | None = None
    stub_in_notebook: bool = False
    refused: str = ""
    load_error: str = ""
    judged: tuple[Implementation | None, str] = (None, "")
    times_filled: int = 0
    running: int = 0

    @property
    def where(self) -> str:
        """Say in which notebook and exercise this is filled in."""
        return f"notebook {self.notebook}, exercise {self.number}"

    @property
    def order(self) -> tuple[str, list[int]]:
        """Return what sorts exercises as the course asks them."""
        return self.notebook, [int(n) for n in self.number.split(".")]

    @property
    def entry(self) -> str:
        """Return the name that the answer's ``def`` must have."""
        return self.name.rsplit(".", 1)[-1]

    @property
    def short(self) -> str:
        """Return what learners import, and what `fill_in` and `check` are given."""
        return self.name.removesuffix(".backward") if isinstance(self.target, type) else self.name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the learner's code, or the stand-in while there is none that is right."""
        fault = self.fault()
        if self.implementation is not None and not fault:
            with self.as_written(), watched():
                result = self.implementation(*args, **kwargs)
            return passed_on(self.name, result)
        what = f"Your {self.name} {fault}" if fault else f"{self.name} is not filled in yet"
        stand_in = _provider(self)
        if stand_in is None:
            raise NotFilledIn(f"{what}: that is {self.where}.")
        notice_once(f"{self.name} {fault}", f"{what} ({self.where}): {stand_in.meanwhile}.")
        with watched():
            result = stand_in.compute(*args, **kwargs)
        return passed_on(self.name, result)

    def fault(self) -> str:
        """Say why what is filled in is not built upon; "" where it is, or where there is nothing.

        For whoever uses the exercise: inside the answer itself nothing is wrong with it.
        """
        return "" if self.implementation is None or self.running else _judge(self)

    @contextmanager
    def as_written(self) -> Iterator[None]:
        """Run what is filled in as it is, also where it calls itself."""
        self.running += 1
        try:
            yield
        finally:
            self.running -= 1

    def put(self, implementation: Implementation) -> None:
        """Use `implementation` from now on, in this session."""
        self.implementation = implementation
        self.stub_in_notebook = False
        self.refused = ""
        self.load_error = ""
        self.times_filled += 1
        forget(self.name)

    def empty(self) -> None:
        """Go back to the unfilled state, in this session; saved work is not touched."""
        self.implementation = None
        self.stub_in_notebook = False
        self.refused = ""
        self.load_error = ""
        forget(self.name)


@contextmanager
def as_if_empty(names: Iterable[str]) -> Iterator[None]:
    """Compute some exercises as if they were not filled in."""
    slots = [registry[name] for name in names]
    written = [slot.implementation for slot in slots]
    for slot in slots:
        slot.implementation = None
    try:
        with trusting([slot.name for slot in slots]):
            yield
    finally:
        for slot, implementation in zip(slots, written, strict=True):
            slot.implementation = implementation


def find(target: Any) -> Exercise:
    """Return the exercise behind a `Function`, a function or a name.

    A function or a class that only has the name of one may stand in its place in a notebook:
    the exercise is found all the same.

    Raises
    ------
    TypeError
        If there is no such exercise.
    """
    if isinstance(target, Exercise):
        return target
    for candidate in registry.values():
        if target is candidate.target:
            return candidate
    name = target if isinstance(target, str) else getattr(target, "__name__", repr(target))
    slot = _called(name)
    if slot is not None and (isinstance(target, str) or is_of_notebook(target)):
        return slot
    if slot is not None:
        name = f"{target.__module__}.{name}"
    known = [each.short for each in registry.values()]
    near = difflib.get_close_matches(name, known, n=3)
    near_it = f" Near it are: {', '.join(near)}." if near else ""
    raise TypeError(f"{name} is no exercise of this course.{near_it}")


def is_of_notebook(target: Any) -> bool:
    """Tell whether a function or a class was defined at the prompt or in a cell."""
    return isinstance(target, type | types.FunctionType) and target.__module__ == "__main__"


def named(text: str) -> Exercise | None:
    """Return the exercise that code names, with or without the module that it is in."""
    parts = text.split(".")
    for i in range(len(parts)):
        slot = _called(".".join(parts[i:]))
        if slot is not None:
            return slot
    return None


def _called(name: str) -> Exercise | None:
    # `Linear` is short for `Linear.backward`, but `backward` alone would be anybody's.
    for slot in registry.values():
        if name in (slot.name, slot.name.removesuffix(".backward")):
            return slot
    return None


@dataclass(frozen=True)
class StandIn:
    """What is done while an exercise is not filled in.

    Attributes
    ----------
    compute : callable
        Called with the arguments of the exercise.
    meanwhile : str
        What the notice says of it.
    """

    compute: Implementation
    meanwhile: str


Provider = Callable[[Exercise], StandIn | None]
Judge = Callable[[Exercise], str]


def _nothing(slot: Exercise) -> None:
    return None


def _no_fault(slot: Exercise) -> str:
    return ""


_provider: Provider = _nothing
_judge: Judge = _no_fault


def provide_stand_ins(provider: Provider) -> None:
    """From now on ask `provider` for the numerical stand-in of what is not filled in."""
    global _provider
    _provider = provider


def judge_with(judge: Judge) -> None:
    """From now on ask `judge` what is wrong with an answer that something else uses."""
    global _judge
    _judge = judge


def exercise(notebook: str, number: str, *, name: str = "") -> Callable[[T], T]:
    """Mark a function, or the backward of a `Function`, as something to fill in.

    Parameters
    ----------
    notebook, number : str
        Where it is asked.
    name : str, optional
        What a function is called, where its own name is not enough: a method is named with its
        class, ``"nn.Linear.backward"``.
    """

    def mark(target: Any) -> Any:
        if not (isinstance(target, type) and issubclass(target, Function)):
            return _mark_plain(target, notebook, number, name)
        if name:
            raise TypeError(f"a Function is called by its class, {target.__name__}: give no name")
        return _mark_function(target, notebook, number)

    return mark


def _mark_function(cls: type[Function], notebook: str, number: str) -> type[Function]:
    forward, stub = cls.forward, cls.backward

    @functools.wraps(forward)
    def forward_remembering(ctx: Context, *inputs: Any) -> Any:
        # The numerical stand-in starts from the inputs, whatever forward itself saves.
        object.__setattr__(ctx, "_inputs", inputs)
        return forward(ctx, *inputs)

    slot = Exercise(
        name=f"{cls.__name__}.backward",
        notebook=notebook,
        number=number,
        target=cls,
        parameters=tuple(inspect.signature(stub).parameters),
        module=cls.__module__,
    )

    @functools.wraps(stub)
    def backward(ctx: Context, grad_output: Any) -> Any:
        gradients = slot(ctx, grad_output)
        if len(cls.input_names()) == 1 and isinstance(gradients, list):
            return _entered(gradients)
        if isinstance(gradients, tuple | list):
            return tuple(map(_entered, gradients))
        return gradients

    cls.forward = staticmethod(forward_remembering)  # type: ignore[method-assign]
    cls.backward = staticmethod(backward)  # type: ignore[method-assign]
    registry[slot.name] = slot
    return cls


def plain_forward(cls: type[Function]) -> Implementation:
    """Return a Function's own forward, without what marking it has added."""
    forward: Implementation = inspect.unwrap(cls.forward)
    return forward


def with_backward(cls: type[Function], backward: Implementation) -> type[Function]:
    """Return a Function like `cls`, of its own forward and of the given backward.

    The checker examines this one, so that nothing a learner stored elsewhere takes part.
    """
    body = {"forward": staticmethod(plain_forward(cls)), "backward": staticmethod(backward)}
    return type(cls.__name__, (cls,), {**body, "__doc__": cls.__doc__})


def _entered(result: Any) -> Any:
    """Return a list of numbers, where an array belongs, as an array; all else as it is."""
    if not isinstance(result, list):
        return result
    try:
        array = np.array(result, dtype=np.float64)
    except (ValueError, TypeError):  # who uses it will see what it is
        return result
    return array


def _mark_plain(stub: Implementation, notebook: str, number: str, name: str) -> Implementation:
    slot = Exercise(
        name=name or stub.__name__,
        notebook=notebook,
        number=number,
        target=None,
        parameters=tuple(inspect.signature(stub).parameters),
        module=stub.__module__,
    )

    wanted = stub.__annotations__.get("return", "")

    @functools.wraps(stub)
    def dispatch(*args: Any, **kwargs: Any) -> Any:
        result = slot(*args, **kwargs)
        if wanted == "Array":
            return _entered(result)
        if wanted.startswith("tuple[Array") and isinstance(result, tuple | list):
            return tuple(map(_entered, result))
        return result

    slot.target = dispatch
    registry[slot.name] = slot
    return dispatch
