"""The other ways to check a gradient, each used as its own documentation says.

All get one set of inputs at the generic sizes and one random grad_output, since
that is what their users give them. A method that needs a package returns from
`available` only where the package is installed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.case_files import draw

H = 1e-5


@dataclass(frozen=True)
class Sample:
    """What one check of a peer works on."""

    forward: Callable[..., Any]
    backward: Callable[..., Any]
    inputs: tuple[Any, ...]
    wrt: tuple[int, ...]
    grad_output: Any


@dataclass(frozen=True)
class Outcome:
    """Whether a backward passed, and the mistakes that the method's message would name."""

    passed: bool
    names: tuple[str, ...] = ()


Method = Callable[[Sample], Outcome]


class WrongCount(Exception):
    """Another number of gradients than there are inputs that have one."""


def sample(case: Any, op: Any, seed: int) -> Sample:
    """Draw what the peers get for one case."""
    rng = np.random.default_rng(seed)
    inputs = tuple(np.array(x, dtype=np.float64) for x in draw(op, rng))
    grad_output = np.asarray(rng.normal(size=np.shape(op.forward(*inputs))))
    return Sample(op.forward, case.backward, inputs, tuple(op.wrt), grad_output)


def judged(method: Method, given: Sample) -> Outcome:
    """Run a method. An exception is a rejection, which names a crash and no other mistake."""
    try:
        with np.errstate(all="ignore"):
            return method(given)
    except WrongCount:
        return Outcome(False, ("count", "type"))
    except Exception:
        return Outcome(False, ("crash",))


def _gradients(given: Sample, returned: Any) -> list[Any]:
    """Take apart what backward returned, as leniently as a user's loop over gradients would."""
    if isinstance(returned, tuple):
        found = list(returned)
    elif isinstance(returned, list) and (
        len(given.wrt) > 1 or np.shape(returned) == (1, *given.inputs[given.wrt[0]].shape)
    ):
        found = returned
    else:
        found = [returned]
    if len(found) != len(given.wrt) or any(item is None for item in found):
        raise WrongCount
    return [np.asarray(item) for item in found]


def central_differences(given: Sample) -> list[Any]:
    """Measure each gradient entry by entry, as CS231n's `eval_numerical_gradient_array` does."""
    found = []
    for k in given.wrt:
        x = given.inputs[k]
        gradient = np.zeros_like(x)
        entries = np.nditer(x, flags=["multi_index"], op_flags=[["readwrite"]])
        while not entries.finished:
            entry = entries.multi_index
            old = x[entry]
            x[entry] = old + H
            above = np.array(given.forward(*given.inputs))
            x[entry] = old - H
            below = np.array(given.forward(*given.inputs))
            x[entry] = old
            gradient[entry] = np.sum((above - below) * given.grad_output) / (2 * H)
            entries.iternext()
        found.append(gradient)
    return found


def cs231n(given: Sample) -> Outcome:
    """Central differences, and the largest relative error below 1e-6."""
    measured = central_differences(given)
    returned = _gradients(given, given.backward(given.grad_output, *given.inputs))
    for mine, right in zip(returned, measured, strict=True):
        error = np.max(np.abs(mine - right) / np.maximum(1e-8, np.abs(mine) + np.abs(right)))
        if not error < 1e-6:
            return Outcome(False)
    return Outcome(True)


def allclose(given: Sample) -> Outcome:
    """Central differences, and `numpy.allclose` with its defaults."""
    measured = central_differences(given)
    returned = _gradients(given, given.backward(given.grad_output, *given.inputs))
    return Outcome(all(np.allclose(a, b) for a, b in zip(returned, measured, strict=True)))


def _numdifftools() -> Method:
    import numdifftools

    def method(given: Sample) -> Outcome:
        measured = []
        for k in given.wrt:

            def total(flat: Any, k: int = k) -> float:
                inputs = list(given.inputs)
                inputs[k] = np.reshape(flat, given.inputs[k].shape)
                return float(np.sum(given.grad_output * given.forward(*inputs)))

            slope = numdifftools.Gradient(total)(given.inputs[k].ravel())
            measured.append(np.reshape(slope, given.inputs[k].shape))
        returned = _gradients(given, given.backward(given.grad_output, *given.inputs))
        near = (
            np.allclose(a, b, rtol=1e-7, atol=1e-9) for a, b in zip(returned, measured, strict=True)
        )
        return Outcome(all(near))

    return method


def _autograd() -> Method:
    from autograd.extend import defvjp_argnums, primitive
    from autograd.test_util import check_grads

    def method(given: Sample) -> Outcome:
        function = primitive(given.forward)

        def by(argnums: Any, _out: Any, inputs: Any, _kwargs: Any) -> Callable[[Any], Any]:
            def pullback(g: Any) -> tuple[Any, ...]:
                found = _gradients(given, given.backward(g, *inputs))
                return tuple(found[given.wrt.index(k)] for k in argnums)

            return pullback

        defvjp_argnums(function, by)

        def of_differentiable(*differentiable: Any) -> Any:
            inputs = list(given.inputs)
            for k, x in zip(given.wrt, differentiable, strict=True):
                inputs[k] = x
            return function(*inputs)

        # It draws its directions from numpy's global generator.
        np.random.seed(0)  # noqa: NPY002
        try:
            for position in range(len(given.wrt)):  # it looks at one argument a call
                check_grads(of_differentiable, position, modes=["rev"], order=1)(
                    *(given.inputs[k] for k in given.wrt)
                )
        except AssertionError:
            return Outcome(False)
        return Outcome(True)

    return method


def _torch() -> Method:
    import torch
    from torch.autograd import gradcheck
    from torch.autograd.gradcheck import GradcheckError

    def method(given: Sample) -> Outcome:
        class Op(torch.autograd.Function):  # type: ignore[misc, unused-ignore]
            @staticmethod
            def forward(ctx: Any, *inputs: Any) -> Any:
                ctx.inputs = [x.detach().numpy() for x in inputs]
                out = np.array(given.forward(*ctx.inputs), dtype=np.float64)
                return torch.from_numpy(out)

            @staticmethod
            def backward(ctx: Any, grad_output: Any) -> Any:
                returned = given.backward(grad_output.numpy(), *ctx.inputs)
                found = [torch.from_numpy(np.array(x)) for x in _gradients(given, returned)]
                places: list[Any] = [None] * len(ctx.inputs)
                for k, gradient in zip(given.wrt, found, strict=True):
                    places[k] = gradient
                return tuple(places)

        tensors = [
            torch.from_numpy(x.copy()).requires_grad_(k in given.wrt)
            for k, x in enumerate(given.inputs)
        ]
        try:
            gradcheck(Op.apply, tensors)
        except GradcheckError as error:
            changing = "not reentrant" in str(error)
            return Outcome(False, ("nondeterministic", "stateful") if changing else ())
        except RuntimeError as error:
            if "returned an invalid gradient" in str(error):
                return Outcome(False, ("shape",))
            raise
        return Outcome(True)

    return method


_MAKERS: dict[str, tuple[str, Callable[[], Method]]] = {
    "torch gradcheck": ("torch", _torch),
    "HIPS autograd": ("autograd", _autograd),
    "numdifftools": ("numdifftools", _numdifftools),
}
CS231N = "CS231n"


def available() -> tuple[dict[str, Method], list[str]]:
    """Return the peers that can run here, and a sentence on each that cannot."""
    found: dict[str, Method] = {CS231N: cs231n, "np.allclose": allclose}
    skipped = []
    for name, (package, make) in _MAKERS.items():
        try:
            found[name] = make()
        except ImportError:
            skipped.append(f"{name} is skipped: the package {package} is not installed.")
    return found, skipped
