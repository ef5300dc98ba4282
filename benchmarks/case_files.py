"""Reads a case set: an own one, or any file with `OPS` and `CASES` in the same form."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from course_utils.autodiff.function import Context, Function
from course_utils.checker import codes

_OF_OP = ("forward", "inputs", "wrt", "dims", "make_inputs", "special", "square", "batch", "lo")
_OF_CASE = ("id", "op", "kind", "code", "accept", "backward")


class CaseFileError(Exception):
    """A case file cannot be used; the message says why."""


@dataclass(frozen=True)
class CaseSet:
    """Operations by name, and the cases in order."""

    ops: Mapping[str, Any]
    cases: tuple[Any, ...]


def load(path: Path | None) -> CaseSet:
    """Load the cases in `path`, or the benchmark's own without one.

    Raises
    ------
    CaseFileError
        If the file is missing, does not run, or does not hold `OPS` and `CASES`
        as ``benchmarks/cases`` does.
    """
    if path is None:
        from benchmarks import cases

        return CaseSet(cases.OPS, tuple(cases.CASES))
    module = _run(path)
    ops, cases_read = getattr(module, "OPS", None), getattr(module, "CASES", None)
    if not isinstance(ops, Mapping) or not isinstance(cases_read, list | tuple):
        raise CaseFileError(f"{path} has no OPS (a dict) and CASES (a list)")
    if not cases_read:
        raise CaseFileError(f"{path} has no cases: CASES is empty")
    for case in cases_read:
        _look_over(case, ops, path)
    ids = [case.id for case in cases_read]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise CaseFileError(f"{path}: {twice[0]} is the id of more than one case")
    return CaseSet(ops, tuple(cases_read))


def _run(path: Path) -> Any:
    if not path.is_file():
        raise CaseFileError(f"{path} is not there, or is no file")
    name = f"_cases_of_{path.stem}"
    loader = importlib.machinery.SourceFileLoader(name, str(path))
    spec = importlib.util.spec_from_loader(name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look up the module they are made in
    try:
        loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        said = f"{type(error).__name__}: {error}".splitlines()[0]
        raise CaseFileError(f"{path} does not run as Python: {said}") from error
    return module


def _look_over(case: Any, ops: Mapping[str, Any], path: Path) -> None:
    called = getattr(case, "id", repr(case)[:40])
    # `backward` is made afresh by asking for it: only look whether it is there.
    missing = [
        name for name in _OF_CASE if not hasattr(type(case), name) and not hasattr(case, name)
    ]
    if missing:
        raise CaseFileError(f"{path}: case {called} has no {missing[0]}")
    if case.kind not in ("correct", "wrong"):
        raise CaseFileError(
            f'{path}: the kind of case {called} is {case.kind!r}; it must be "correct" or "wrong"'
        )
    if case.op not in ops:
        raise CaseFileError(f"{path}: case {called} is of operation {case.op!r}, not in OPS")
    op = ops[case.op]
    missing = [name for name in _OF_OP if not hasattr(op, name)]
    if missing:
        raise CaseFileError(f"{path}: operation {case.op} has no {missing[0]}")
    if not all(isinstance(name, str) and name.isidentifier() for name in op.inputs):
        raise CaseFileError(f"{path}: the inputs of operation {case.op} need names, as in Python")


def fair(case: Any) -> tuple[str, ...]:
    """Return the codes, as patterns, that name the mistake of a case."""
    accept = (case.accept,) if isinstance(case.accept, str) else tuple(case.accept)
    return tuple(code for code in (case.code, *accept) if code)


def is_specific(code: str) -> bool:
    """Tell whether a code says which mistake it is; one in no list, as of a stop, says nothing."""
    known = codes.find(code)
    return known is not None and not known.is_general


def draw(op: Any, rng: np.random.Generator) -> tuple[Any, ...]:
    """Draw inputs at the generic sizes."""
    return tuple(op.make_inputs(rng, dict(op.dims)))


def as_function(case: Any, op: Any) -> type[Function]:
    """Make a `Function` of one case, as a user would write it."""
    student = case.backward

    def backward(ctx: Context, grad_output: Any) -> Any:
        return student(grad_output, *ctx.saved_tensors)

    # Written out, so that messages call the inputs by their names.
    names = ", ".join(op.inputs)
    written: dict[str, Any] = {"op": op}
    exec(
        f"def forward(ctx, {names}):\n"
        f"    ctx.save_for_backward({names})\n"
        f"    return op.forward({names})\n",
        written,
    )
    methods = {"forward": staticmethod(written["forward"]), "backward": staticmethod(backward)}
    return type(case.id, (Function,), methods)
