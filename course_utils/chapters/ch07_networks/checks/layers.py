"""How 7.3 and 7.4 are examined: the linear layer's backward, and zero_grad."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array
from course_utils.chapters.ch07_networks import nn, stand_ins
from course_utils.chapters.ch07_networks.checks.layer import affine, watch
from course_utils.checks.declarations import declare
from course_utils.checks.methods import Notes, Run, RunExaminer, flat, one_array
from course_utils.checks.plain_functions import Confusion
from course_utils.measure.numerical import jacobian

# ------------------------------------------------------------------ 7.3, the linear layer


def _linear_inputs(
    rng: np.random.Generator, q: int = 7, n: int = 5, p: int = 3
) -> tuple[Array, ...]:
    """Draw X, W, b, the upstream gradient, and what the two `.grad`s hold before."""
    shapes = (q, n), (n, p), (1, p), (q, p), (n, p), (1, p)
    return tuple(rng.normal(size=shape) for shape in shapes)


def _linear_gradient(which: int) -> Callable[..., Array]:
    def measured(X: Array, W: Array, b: Array, G: Array, *_: Array) -> Array:
        inputs = [X, W, b]

        def loss(moved: Any) -> Any:
            at = [moved if k == which else each for k, each in enumerate(inputs)]
            return np.sum(G * (at[0] @ at[1] + at[2]))

        return jacobian(loss, inputs[which])

    return measured


def _run_linear(which: int) -> Run:
    def run(
        candidate: Run, notes: Notes, X: Array, W: Array, b: Array, G: Array, *start: Array
    ) -> Any:
        body = {"function": affine, "backward": lambda self, grad: candidate(self, grad)}
        layer = type("Linear", (nn.Linear,), body)(*W.shape, np.random.default_rng(0))
        layer.W.data, layer.b.data = W, b
        layer.W.grad, layer.b.grad = (np.array(each) for each in start)
        layer(X)
        look, went_back = watch(notes, [layer.W, layer.b]), _counting(layer)
        returned = layer.backward(G)
        look()
        if len(went_back) > 1:
            notes.append(
                (
                    "pulled-twice",
                    f"`self.pullback` is called {len(went_back)} times in one backward. Each call "
                    "goes back through another use of the layer, where it has several: call it "
                    "once, and unpack what it returns.",
                )
            )
        if not which:
            _on_returned(notes, returned)
        if notes:
            return np.zeros(())
        return (layer.W, layer.b)[which - 1].grad - start[which - 1] if which else returned

    return run


def _counting(layer: Any) -> list[Any]:
    """Return a list to which every call of the layer's pullback is added."""
    went_back: list[Any] = []
    pullback = layer.pullback

    def counted(grad_output: Any) -> Any:
        went_back.append(grad_output)
        return pullback(grad_output)

    layer.pullback = counted
    return went_back


def _on_returned(notes: Notes, returned: Any) -> None:
    if isinstance(returned, tuple | list):
        notes.append(
            (
                "count",
                f"backward returns {len(returned)} things. A module returns one array, the "
                "gradient with respect to its input X; the others go into `.grad`.",
            )
        )
    nothing = (
        "backward returns nothing. The layer before needs the gradient with respect to this "
        "layer's input, X."
    )
    one_array(notes, returned, "the gradient with respect to X", "not-returned", nothing)


_AS_IT_CAME = Confusion(
    "wrong-input",
    "What is returned is the gradient that arrived. It has to go through the layer.",
    lambda *inputs: inputs[3],
)


def _linear_confusions(which: int) -> list[Confusion]:
    gradient = _linear_gradient(which)
    name = ("X", "W", "b")[which]

    def start(*inputs: Array) -> Array:
        return inputs[3 + which]

    if not which:
        return [_AS_IT_CAME]
    return [
        Confusion(
            "overwritten",
            f"{name}.grad holds the new gradient only; what it held before is lost. "
            "It is `=` where `+=` is meant, or it is emptied first.",
            lambda *inputs: gradient(*inputs) - start(*inputs),
        ),
        Confusion(
            "not-accumulated",
            f"{name}.grad is what it was before: nothing was added to it.",
            lambda *inputs: np.zeros_like(start(*inputs)),
            of_zero=True,
        ),
        Confusion(
            "factor:-1",
            f"The gradient is subtracted from {name}.grad. The step of descent subtracts; "
            "backward adds.",
            lambda *inputs: -gradient(*inputs),
        ),
        Confusion(
            "factor:1/q",
            f"What is added to {name}.grad is 1/q times the gradient. The loss has its own "
            "normalisation; a layer adds none.",
            lambda *inputs: gradient(*inputs) / len(inputs[0]),
        ),
        Confusion(
            "counted-twice",
            f"The gradient is added to {name}.grad twice.",
            lambda *inputs: 2 * gradient(*inputs),
        ),
        Confusion(
            "counted-twice",
            f"What {name}.grad held before is added to it once more.",
            lambda *inputs: gradient(*inputs) + start(*inputs),
        ),
    ]


declare(
    "nn.Linear.backward",
    parts={
        name: RunExaminer(
            _run_linear(which),
            _linear_gradient(which),
            _linear_inputs,
            confusions=_linear_confusions(which),
            result_name=f"what is added to {name}" if which else name,
        )
        for which, name in enumerate(("grad_X", "W.grad", "b.grad"))
    },
    stand_in=stand_ins.backward,
    no_extreme="a pullback hands it the derivatives, and it derives none",
    builds_on=("Linear.backward",),
)


# ------------------------------------------------------------------ 7.4, zero_grad


def _grads(rng: np.random.Generator, n: int = 4, p: int = 3) -> tuple[Array, ...]:
    """Draw what three parameters hold; an earlier overflow has left inf and nan in the second."""
    grads = [rng.normal(size=shape) for shape in ((n, p), (2, p), (p, n))]
    grads[1][0, 0], grads[1][1, 0] = np.inf, np.nan
    return tuple(grads)


def _run_zero_grad(candidate: Run, notes: Notes, *grads: Array) -> Any:
    """Run it on a module that tells its Parameters when it is asked, and has them nowhere else."""
    held = [nn.Parameter(np.ones_like(grad)) for grad in grads]
    for parameter, grad in zip(held, grads, strict=True):
        parameter.grad = np.array(grad)
    body = {"zero_grad": lambda self: candidate(self), "parameters": lambda self: list(held)}
    module = type("Module", (nn.Module,), body)()
    look = watch(notes, held)
    module.zero_grad()
    look()
    if notes:
        return np.zeros(())
    for parameter, before in zip(held, grads, strict=True):
        after = parameter.grad
        unchanged = np.array_equal(after, before, equal_nan=True)
        if not np.all(np.isfinite(after)) and not unchanged:
            notes.append(
                (
                    "nan",
                    "Where `.grad` held inf or nan, as an overflow leaves it, there is nan "
                    "afterwards: 0 times inf is not 0, nor is inf - inf. Put zeros there.",
                )
            )
    return _finite(*(parameter.grad for parameter in held))


def _finite(*grads: Array) -> Array:
    """Return all numbers with what cannot be compared replaced."""
    return np.nan_to_num(flat(*grads), nan=3.0, posinf=5.0)


def _zeroed(which: slice) -> Callable[..., Array]:
    def wanted(*grads: Array) -> Array:
        afterwards = list(grads)
        afterwards[which] = [np.zeros(grad.shape) for grad in afterwards[which]]
        return _finite(*afterwards)

    return wanted


declare(
    "nn.Module.zero_grad",
    parts={
        "": RunExaminer(
            _run_zero_grad,
            _zeroed(slice(None)),
            _grads,
            confusions=[
                Confusion(
                    "only-first",
                    "Only the first parameter's `.grad` is zero afterwards.",
                    _zeroed(slice(1)),
                ),
                Confusion(
                    "only-last",
                    "Only the last parameter's `.grad` is zero afterwards.",
                    _zeroed(slice(2, None)),
                ),
                Confusion(
                    "unchanged",
                    "Every `.grad` is what it was. Does the line set the attribute, or a variable "
                    "of its own?",
                    _zeroed(slice(0)),
                ),
                Confusion(
                    "wrong-local",
                    "Every `.grad` is all ones afterwards, where zeros belong.",
                    lambda *grads: np.ones(sum(grad.size for grad in grads)),
                ),
                Confusion(
                    "factor:-1",
                    "Every `.grad` has changed its sign, and is not empty.",
                    lambda *grads: _finite(*(-grad for grad in grads)),
                ),
            ],
            edges=[("a module without parameters", lambda rng: ())],
            result_name="grads",
        )
    },
    stand_in=stand_ins.zero_grad,
    meanwhile="for now every Parameter among the attributes gets the `.grad` of a new one",
    no_extreme="nothing is differentiated",
)
