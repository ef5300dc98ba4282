"""Exercises: what is left for the learner to write.

`exercise` marks a function, or the `backward` of a `Function`, as an exercise:
the package keeps one *slot* for it. Calling it runs what is in the slot, or, while
that is empty, a numerical stand-in.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from course_utils.autodiff.function import Context, Function
from course_utils.exercises.notices import forget, notice_once

Implementation = Callable[..., Any]
T = TypeVar("T")

registry: dict[str, Exercise] = {}
"""Every exercise of the course by its name, such as ``"MatVec.backward"``."""


class NotFilledIn(NotImplementedError):
    """An exercise was used that is not filled in yet and has no numerical stand-in."""


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
    fallback : callable or None
        The numerical stand-in, called with the same arguments.
    parts : mapping
        Name of a part (``""`` for the whole) to ``examine(candidate, seed)``,
        which returns the checker's report. Parts carry partial credit.
    implementation : callable or None
        What the learner wrote, from this session or from the saved work.
    stub_in_notebook : bool
        Whether the cell that was run last in this session is still the stub.
    refused : str
        Why the last attempt was not taken, "" if it was.
    load_error : str
        Why the saved answer does not load, "" if it does or there is none.
    """

    name: str
    notebook: str
    number: str
    target: Any
    parameters: tuple[str, ...]
    fallback: Implementation | None
    parts: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    implementation: Implementation | None = None
    stub_in_notebook: bool = False
    refused: str = ""
    load_error: str = ""

    @property
    def where(self) -> str:
        """Say in which notebook and exercise this is filled in."""
        return f"notebook {self.notebook}, exercise {self.number}"

    @property
    def entry(self) -> str:
        """Return the name that the answer's ``def`` must have."""
        return self.name.rsplit(".", 1)[-1]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the learner's code, or the stand-in while there is none."""
        if self.implementation is not None:
            return self.implementation(*args, **kwargs)
        if self.fallback is None:
            raise NotFilledIn(f"{self.name} is not filled in yet: that is {self.where}.")
        notice_once(
            self.name,
            f"{self.name} is not filled in yet ({self.where}): "
            "computed numerically for now, which is right and takes longer.",
        )
        return self.fallback(*args, **kwargs)

    def put(self, implementation: Implementation) -> None:
        """Use `implementation` from now on, in this session."""
        self.implementation = implementation
        self.stub_in_notebook = False
        self.refused = ""
        self.load_error = ""
        forget(self.name)

    def empty(self) -> None:
        """Go back to the unfilled state, in this session; saved work is not touched."""
        self.implementation = None
        self.stub_in_notebook = False
        self.refused = ""
        self.load_error = ""
        forget(self.name)


def find(target: Any) -> Exercise:
    """Return the exercise behind a `Function`, a function or a name.

    Raises
    ------
    TypeError
        If there is no such exercise.
    """
    if isinstance(target, Exercise):
        return target
    for candidate in registry.values():
        # `Linear` is short for `Linear.backward`, but `backward` alone would be anybody's.
        names = {candidate.name, candidate.name.removesuffix(".backward")}
        if target is candidate.target or (isinstance(target, str) and target in names):
            return candidate
    shown = target if isinstance(target, str) else getattr(target, "__name__", repr(target))
    raise TypeError(
        f"{shown} is no exercise of this course. The exercises are: {', '.join(registry)}."
    )


def exercise(
    notebook: str,
    number: str,
    *,
    fallback: Implementation | None = None,
    parts: Mapping[str, Callable[..., Any]] | None = None,
    name: str = "",
) -> Callable[[T], T]:
    """Mark a function, or the backward of a `Function`, as something to fill in.

    Parameters
    ----------
    notebook, number : str
        Where it is asked.
    fallback : callable, optional
        The numerical stand-in. A `Function` has one by itself: its forward is
        differentiated numerically.
    parts : mapping, optional
        How a plain function is examined; see `Exercise`. A `Function` is
        examined by its forward and its ``make_inputs``.
    name : str, optional
        What the exercise is called, where the function's own name is not enough:
        a method is named with its class, ``"nn.Linear.backward"``.
    """

    def mark(target: Any) -> Any:
        if isinstance(target, type) and issubclass(target, Function):
            return _mark_function(target, notebook, number)
        return _mark_plain(target, notebook, number, fallback, parts or {}, name)

    return mark


def _mark_function(cls: type[Function], notebook: str, number: str) -> type[Function]:
    forward, stub = cls.forward, cls.backward

    @functools.wraps(forward)
    def forward_remembering(ctx: Context, *inputs: Any) -> Any:
        # The numerical stand-in starts from the inputs, whatever forward itself saves.
        object.__setattr__(ctx, "_inputs", inputs)
        return forward(ctx, *inputs)

    def numerically(ctx: Context, grad_output: Any) -> Any:
        from course_utils.measure.fast_vjp import fast_vjp

        inputs = ctx._inputs
        grads = fast_vjp(lambda *xs: forward(Context(), *xs), inputs, grad_output)
        return tuple(grads) if len(grads) > 1 else grads[0]

    slot = Exercise(
        name=f"{cls.__name__}.backward",
        notebook=notebook,
        number=number,
        target=cls,
        parameters=tuple(inspect.signature(stub).parameters),
        fallback=numerically,
    )

    def examine_backward(candidate: Implementation, seed: int | None = None) -> Any:
        from course_utils.checker import examine

        return examine(with_backward(cls, forward, candidate), seed=seed)

    slot.parts = {"": examine_backward}

    @functools.wraps(stub)
    def backward(ctx: Context, grad_output: Any) -> Any:
        return slot(ctx, grad_output)

    cls.forward = staticmethod(forward_remembering)  # type: ignore[method-assign]
    cls.backward = staticmethod(backward)  # type: ignore[method-assign]
    registry[slot.name] = slot
    return cls


def with_backward(
    cls: type[Function], forward: Implementation, backward: Implementation
) -> type[Function]:
    """Return a Function like `cls`, of the given forward and backward.

    The checker examines this one, so that nothing a learner stored elsewhere takes part.
    """
    body = {"forward": staticmethod(forward), "backward": staticmethod(backward)}
    return type(cls.__name__, (cls,), {**body, "__doc__": cls.__doc__})


def _mark_plain(
    stub: Implementation,
    notebook: str,
    number: str,
    fallback: Implementation | None,
    parts: Mapping[str, Callable[..., Any]],
    name: str,
) -> Implementation:
    slot = Exercise(
        name=name or stub.__name__,
        notebook=notebook,
        number=number,
        target=None,
        parameters=tuple(inspect.signature(stub).parameters),
        fallback=fallback,
        parts=parts,
    )

    @functools.wraps(stub)
    def dispatch(*args: Any, **kwargs: Any) -> Any:
        return slot(*args, **kwargs)

    slot.target = dispatch
    registry[slot.name] = slot
    return dispatch
