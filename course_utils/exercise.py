"""Exercises: what is left for the learner to write, and how it gets written in.

`exercise` marks a function, or the `backward` of a `Function`, as an exercise:
the package keeps one *slot* for it. `fill_in` puts the learner's code into the
slot, in this session and in the saved work. Calling it runs what is in the slot,
or, while that is empty, a numerical stand-in.
"""

from __future__ import annotations

import ast
import functools
import inspect
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from course_utils import store
from course_utils.cell_source import CellSource, read_cell
from course_utils.function import Context, Function
from course_utils.notices import forget, notice, notice_once

Implementation = Callable[..., Any]
T = TypeVar("T")

registry: dict[str, Exercise] = {}
"""Every exercise of the course by its name, such as ``"MatVec.backward"``."""


class NotFilledIn(NotImplementedError):
    """An exercise was used that is not filled in yet and has no numerical stand-in."""


class FillInError(Exception):
    """The cell cannot be taken into the package as it is; the text says what to change."""

    def _render_traceback_(self) -> list[str]:
        # IPython shows this in place of a stack that holds nothing of the learner's.
        return [f"FillInError: {self}"]


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
        from course_utils.stand_in import measured_backward

        inputs = ctx._inputs
        grads = measured_backward(lambda *xs: forward(Context(), *xs), inputs, grad_output)
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


# ------------------------------------------------------------------ filling in


def fill_in(target: Any) -> Callable[[Implementation], Any]:
    """Put the decorated function into the package, now and for later sessions.

    Parameters
    ----------
    target : Function subclass or function
        What is filled in: ``@fill_in(MatVec)`` above ``def backward(ctx, grad_output)``,
        ``@fill_in(chain_rule)`` above ``def chain_rule(grad_L, J_h)``.

    Returns
    -------
    callable
        A decorator. It returns what learners import under that name, so that the
        cell's own ``def`` and ``from course_utils import ...`` are the same thing.

    Raises
    ------
    FillInError
        If the function has another name or other arguments than it must have, or
        uses a name that is defined in another cell.

    Notes
    -----
    The cell's function is saved with the imports, helpers and constants of the
    same cell that it uses. A cell that is still the stub changes nothing: earlier
    work stays saved.
    """
    slot = find(target)

    def decorate(function: Implementation) -> Any:
        _fill(slot, function)
        return function if isinstance(slot.target, type) else slot.target

    return decorate


@functools.cache
def _public() -> dict[str, Any]:
    """Return the public names of the package."""
    import course_utils

    return {name: getattr(course_utils, name) for name in course_utils.__all__}


def _fill(slot: Exercise, function: Implementation) -> None:
    if not inspect.isfunction(function):
        raise FillInError(f"@fill_in goes directly above a def, not above {function!r:.60}.")
    found = read_cell(function, _public())
    if found.is_stub if found else "NotImplementedError" in function.__code__.co_names:
        _keep_stub(slot, has_code=bool(found and found.has_code))
        return
    try:
        _require_same_signature(slot, function)
        if found and found.elsewhere:
            names = " and ".join(f"`{name}`" for name in found.elsewhere)
            them = "it" if len(found.elsewhere) == 1 else "them"
            raise FillInError(
                f"{slot.entry} uses {names}, defined in another cell of this notebook. "
                f"The saved answer could not find {them} later: define {them} inside "
                f"{slot.entry}, or in this same cell. Nothing was filled in."
            )
    except FillInError as error:
        slot.refused = str(error)
        slot.stub_in_notebook = True
        raise
    if found is None:
        slot.put(function)
        notice(
            f"{slot.name} is filled in for this session only: "
            "Python has no source for it, so it could not be saved."
        )
        return
    for name in found.unknown:
        notice(f"{slot.entry} uses `{name}`, which is not defined anywhere.")
    slot.put(_run(found, slot))
    _save(slot, found)


def _keep_stub(slot: Exercise, *, has_code: bool) -> None:
    slot.stub_in_notebook = True
    slot.refused = ""
    text = f"{slot.name}: not filled in yet."
    if has_code:
        slot.refused = (
            "Your code is there, but so is `raise NotImplementedError()`: delete that line."
        )
        text = f"{slot.name}: {slot.refused} Then run the cell again."
    elif slot.implementation is not None:
        text = (
            f"{slot.name}: this cell is still the stub. Your earlier answer is kept and other "
            f"notebooks go on using it; print(saved_answer({slot.name!r})) shows it. "
            "This cell is what gets graded, so write the answer here as well."
        )
    notice(text)


def _require_same_signature(slot: Exercise, function: Implementation) -> None:
    parameters = tuple(inspect.signature(function).parameters)
    if function.__name__ != slot.entry or parameters != slot.parameters:
        raise FillInError(
            f"The first line must read  def {slot.entry}({', '.join(slot.parameters)}):  "
            f"and this one reads  def {function.__name__}({', '.join(parameters)}):  "
            "Nothing was filled in."
        )


def _run(found: CellSource, slot: Exercise) -> Implementation:
    """Run the statements on their own, as a later session will, under the cell's line numbers."""
    namespace: dict[str, Any] = {"__name__": f"course_utils.filled_in.{slot.entry}", "np": np}
    code = compile(ast.Module(found.body, type_ignores=[]), found.filename, "exec")
    exec(code, namespace)
    result: Implementation = namespace[slot.entry]
    return result


def _save(slot: Exercise, found: CellSource) -> None:
    if store.grading():  # nothing is kept then, and the text takes as long as to run a cell
        return
    head = (
        f"# Your answer to exercise {slot.number} of notebook {slot.notebook}, saved when you\n"
        "# ran its cell. Change it there: this file is written anew each time.\n"
        "import numpy as np\n\n"
    )
    try:
        store.write(slot.name, head + found.text())
    except OSError as error:
        notice(
            f"{slot.name} is filled in for this session, but could not be saved in "
            f"{store.folder()} ({error.strerror or error}). After a kernel restart, run its cell "
            f"again, or set {store.FOLDER_VARIABLE} to a folder you can write to."
        )


# ------------------------------------------------------------------ saved work


def saved_answer(target: Any) -> str:
    """Return the source of the saved answer, as it was written.

    Raises
    ------
    LookupError
        If nothing is saved for that exercise.
    """
    slot = find(target)
    text = store.read(slot.name)
    if text is None:
        raise LookupError(f"Nothing is saved for {slot.name} in {store.folder()}.")
    return text


def load_saved_work() -> None:
    """Put every saved answer into its slot; report the ones that no longer work.

    Called once, when `course_utils` is imported. Never raises for what a learner saved.
    """
    for slot in registry.values():
        try:
            text = store.read(slot.name)
            if text is None:
                continue
            path = store.path_of(slot.name)
            namespace: dict[str, Any] = {
                "__name__": f"course_utils.filled_in.{slot.entry}",
                "__file__": str(path),
            }
            exec(compile(text, str(path), "exec"), namespace)
            function = namespace.get(slot.entry)
            if not inspect.isfunction(function):
                raise ImportError(f"it defines no function {slot.entry}")
            parameters = tuple(inspect.signature(function).parameters)
            if parameters != slot.parameters:
                raise ImportError(f"its arguments are {parameters}, not {slot.parameters}")
            slot.implementation = function
        # Whatever was saved, importing the package must work; SystemExit is no Exception.
        except (Exception, SystemExit) as error:
            slot.load_error = one_line(error, "filled_in")
            notice(
                f"Your saved answer to {slot.name} does not load "
                f"({slot.load_error}). It is kept in {store.path_of(slot.name)}; "
                f"run its cell in {slot.where} again to replace it. "
                "Until then it counts as not filled in."
            )


def one_line(error: BaseException, place: str) -> str:
    """Return the error and, where it has one, its line in the file that has `place` in its path."""
    text = traceback.format_exception_only(error)[-1].strip()
    line = getattr(error, "lineno", None)
    if line is None and error.__traceback__ is not None:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if place in f.filename]
        line = frames[-1].lineno if frames else None
    return f"{text}, line {line}" if line else text
