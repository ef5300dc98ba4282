"""How the exercises of notebook 07 are examined: methods, by what they leave behind.

A method is run on a module whose other pieces the checker made and trusts. What it
returned and what the parameters hold afterwards is put into one array and
compared with what is measured on the forward pass; so nothing that a learner filled in
elsewhere takes part, and no answer is stored.

Codes, besides those of `course_utils.checker`
-----------------------------------------------
``overwritten``, ``not-accumulated``, ``counted-twice``, ``changes-data``, ``not-returned``,
``pulled-twice``, ``unchanged``, ``only-first``, ``only-last``, ``wrong-order``, ``not-chained``,
``missing-factor``, ``inverted``, ``added``, ``not-zeroed``, ``stale``, ``no-step``, ``no-rate``
and ``wrong-upstream``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.autodiff.function import Array, Context, Function
from course_utils.checker import Report
from course_utils.checks.plain_functions import Confusion, Notes, RunExaminer
from course_utils.exercises.registry import registry
from course_utils.measure.numerical import jacobian, numerical_vjp

if TYPE_CHECKING:
    from course_utils.chapters.ch07_networks import nn

Examiner = Callable[..., Report]
Run = Callable[..., Any]


_part = RunExaminer


def _flat(*arrays: Any) -> Array:
    return np.concatenate([np.ravel(np.asarray(a, dtype=np.float64)) for a in arrays])


@contextmanager
def _earlier_work_trusted(*names: str) -> Iterator[None]:
    """Measure what earlier exercises would compute: their mistakes are not this one's."""
    slots = [registry[name] for name in names]
    written = [slot.implementation for slot in slots]
    for slot in slots:
        slot.implementation = slot.fallback
    try:
        yield
    finally:
        for slot, implementation in zip(slots, written, strict=True):
            slot.implementation = implementation


def _measured_function(name: str, forward: Callable[..., Any]) -> type[Function]:
    """Return a Function whose backward is measured."""

    def keeping(ctx: Context, *inputs: Any) -> Any:
        ctx.save_for_backward(*inputs)
        return forward(*inputs)

    def measured(ctx: Context, grad_output: Any) -> Any:
        return numerical_vjp(forward, ctx.saved_tensors, grad_output)

    body = {"forward": staticmethod(keeping), "backward": staticmethod(measured)}
    return type(name, (Function,), body)


_affine = _measured_function("Linear", lambda X, W, b: X @ W + b)
_hidden = _measured_function("Hidden", lambda X, W, b: np.tanh(X @ W + b))


def _with_method(cls: type, name: str, method: Callable[..., Any]) -> Any:
    return type(cls.__name__, (cls,), {name: method})


def _watch(notes: Notes, parameters: Sequence[nn.Parameter]) -> Callable[[], None]:
    """Return what looks, later, at whether `.data` is as before and `.grad` is an array."""
    before = [parameter.data.copy() for parameter in parameters]

    def look() -> None:
        for data, parameter in zip(before, parameters, strict=True):
            if not np.array_equal(data, parameter.data):
                notes.append(
                    (
                        "changes-data",
                        "It changes the `.data` of a parameter. That is for the step of descent; "
                        "here only `.grad` may change.",
                    )
                )
            if np.shape(parameter.grad) != data.shape:
                notes.append(
                    (
                        "shape",
                        f"Afterwards the `.grad` of a parameter of shape {data.shape} "
                        f"{_described(parameter.grad)}. It must be an array of the "
                        "parameter's shape.",
                    )
                )

    return look


def _described(grad: Any) -> str:
    if grad is None:
        return "is None"
    return f"has shape {np.shape(grad)}"


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
        from course_utils.chapters.ch07_networks import nn

        cls = type(
            "Linear", (nn.Linear,), {"function": _affine, "backward": lambda s, g: candidate(s, g)}
        )
        layer = cls(*W.shape, np.random.default_rng(0))
        layer.W.data, layer.b.data = W, b
        layer.W.grad, layer.b.grad = (np.array(each) for each in start)
        layer(X)
        look = _watch(notes, [layer.W, layer.b])
        went_back: list[Any] = []
        pullback = layer.pullback

        def counting(grad_output: Any) -> Any:
            went_back.append(grad_output)
            return pullback(grad_output)

        layer.pullback = counting
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
        if which:
            grad = (layer.W, layer.b)[which - 1].grad
            return np.zeros(()) if notes else np.array(grad)
        if returned is None:
            notes.append(
                (
                    "not-returned",
                    "backward returns nothing. The layer before needs the gradient by this "
                    "layer's input, X.",
                )
            )
        elif isinstance(returned, tuple | list):
            notes.append(
                (
                    "count",
                    f"backward returns {len(returned)} things. A module returns one array, the "
                    "gradient by its input X; the others go into `.grad`.",
                )
            )
        return np.zeros(()) if notes else returned

    return run


def _linear_confusions(which: int) -> list[Confusion]:
    gradient = _linear_gradient(which)
    name = ("X", "W", "b")[which]

    def start(*inputs: Array) -> Array:
        return inputs[3 + which]

    if not which:
        return [
            Confusion(
                "wrong-input",
                "What is returned is the gradient that arrived. It has to go through the layer.",
                lambda *inputs: inputs[3],
            )
        ]
    return [
        Confusion(
            "overwritten",
            f"{name}.grad holds the new gradient only; what it held before is lost. "
            "It is `=` where `+=` is meant.",
            gradient,
        ),
        Confusion(
            "not-accumulated",
            f"{name}.grad is what it was before: nothing was added to it.",
            start,
        ),
        Confusion(
            "factor:-1",
            f"The gradient is subtracted from {name}.grad. The step of descent subtracts; "
            "backward adds.",
            lambda *inputs: start(*inputs) - gradient(*inputs),
        ),
        Confusion(
            "factor:1/q",
            f"What is added to {name}.grad is 1/q times the gradient. The loss has its own "
            "normalisation; a layer adds none.",
            lambda *inputs: start(*inputs) + gradient(*inputs) / len(inputs[0]),
        ),
        Confusion(
            "counted-twice",
            f"The gradient is added to {name}.grad twice.",
            lambda *inputs: start(*inputs) + 2 * gradient(*inputs),
        ),
    ]


def parts_of_linear() -> dict[str, Examiner]:
    """Return how `nn.Linear.backward` is examined: what it returns, and the two `.grad`s."""

    def reference(which: int) -> Callable[..., Array]:
        gradient = _linear_gradient(which)
        if not which:
            return gradient
        return lambda *inputs: inputs[3 + which] + gradient(*inputs)

    names = ("grad_X", "W.grad", "b.grad")
    return {
        name: _part(
            _run_linear(which),
            reference(which),
            _linear_inputs,
            confusions=_linear_confusions(which),
            result_name=name,
        )
        for which, name in enumerate(names)
    }


# ------------------------------------------------------------------ 7.4, zero_grad


def _run_zero_grad(candidate: Run, notes: Notes, *grads: Array) -> Any:
    from course_utils.chapters.ch07_networks import nn

    held = [nn.Parameter(np.ones_like(grad)) for grad in grads]
    for parameter, grad in zip(held, grads, strict=True):
        parameter.grad = np.array(grad)
    body = {"zero_grad": lambda self: candidate(self), "parameters": lambda self: list(held)}
    module = type("Module", (nn.Module,), body)()
    look = _watch(notes, held)
    module.zero_grad()
    look()
    return np.zeros(()) if notes else _flat(*(parameter.grad for parameter in held))


def parts_of_zero_grad() -> dict[str, Examiner]:
    """Return how `nn.Module.zero_grad` is examined."""

    def zeroed(which: slice) -> Callable[..., Array]:
        def reference(*grads: Array) -> Array:
            kept = [np.array(grad) for grad in grads]
            for grad in kept[which]:
                grad.fill(0.0)
            return _flat(*kept)

        return reference

    whole = _part(
        _run_zero_grad,
        zeroed(slice(None)),
        lambda rng, n=4, p=3: tuple(rng.normal(size=s) for s in ((n, p), (1, p), (p, n))),
        confusions=[
            Confusion(
                "only-first",
                "Only the first parameter's `.grad` is zero afterwards.",
                zeroed(slice(1)),
            ),
            Confusion(
                "only-last",
                "Only the last parameter's `.grad` is zero afterwards.",
                zeroed(slice(2, None)),
            ),
            Confusion(
                "unchanged",
                "Every `.grad` is what it was. Does the line set the attribute, or a variable of "
                "its own?",
                zeroed(slice(0)),
            ),
        ],
        result_name="grads",
    )
    return {"": whole}


# ------------------------------------------------------------------ 7.5 and 7.6, Sequential

_DEPTH = 3


def _network_inputs(rng: np.random.Generator, q: int = 5, n: int = 4) -> tuple[Array, ...]:
    """Draw X, the upstream, and weights and biases of layers that are all of one size.

    One size, so that layers in the wrong order run, and can be told from a crash.
    """
    layers = [rng.normal(size=shape) for _ in range(_DEPTH) for shape in ((n, n), (1, n))]
    return (rng.normal(size=(q, n)), rng.normal(size=(q, n)), *layers)


def _layers(arrays: Sequence[Array]) -> list[nn.Module]:
    """Return trusted layers, tanh(X W + b), whose backward is measured and accumulates."""
    from course_utils.chapters.ch07_networks import nn

    class Layer(nn._Step):
        function = _hidden

        def __init__(self, W: Array, b: Array) -> None:
            super().__init__()
            self.W, self.b = nn.Parameter(W), nn.Parameter(b)

        def parameters(self) -> list[nn.Parameter]:
            return [self.W, self.b]

        def backward(self, grad_output: Any) -> Any:
            grad_X, *grads = self.pullback(grad_output)
            for parameter, grad in zip(self.parameters(), grads, strict=True):
                parameter.grad = np.add(parameter.grad, grad)
            return grad_X

    return [Layer(W, b) for W, b in zip(arrays[::2], arrays[1::2], strict=True)]


def _output(X: Any, arrays: Sequence[Any]) -> Any:
    """Compute tanh(… tanh(X W + b) …) for the weights and biases in `arrays`."""
    for W, b in zip(arrays[::2], arrays[1::2], strict=True):
        X = np.tanh(X @ W + b)
    return X


def _run_forward(candidate: Run, notes: Notes, X: Array, _: Array, *arrays: Array) -> Any:
    from course_utils.chapters.ch07_networks import nn

    cls = _with_method(nn.Sequential, "forward", lambda self, X: candidate(self, X))
    returned = cls(*_layers(arrays))(X)
    if isinstance(returned, list | tuple):
        notes.append(
            (
                "type",
                f"It returns {len(returned)} things. Return the output of the last module alone.",
            )
        )
        return np.zeros(())
    return returned


def parts_of_sequential_forward() -> dict[str, Examiner]:
    """Return how `nn.Sequential.forward` is examined."""

    def with_layers(which: Callable[[Sequence[Array]], Sequence[Array]]) -> Callable[..., Any]:
        return lambda X, _, *arrays: _output(X, which(arrays))

    def backwards(arrays: Sequence[Array]) -> Sequence[Array]:
        pairs = list(zip(arrays[::2], arrays[1::2], strict=True))
        return [each for pair in pairs[::-1] for each in pair]

    whole = _part(
        _run_forward,
        with_layers(lambda arrays: arrays),
        _network_inputs,
        confusions=[
            Confusion("wrong-order", "The modules are applied last one first.",
                      with_layers(backwards)),
            Confusion("not-chained", "The last module is given X itself, and not the output of "
                      "the one before it.", with_layers(lambda arrays: arrays[-2:])),
            Confusion("missing-term", "Only the first module is applied. Is `return` inside the "
                      "loop?", with_layers(lambda arrays: arrays[:2])),
            Confusion("missing-term", "The last module is left out.",
                      with_layers(lambda arrays: arrays[:-2])),
            Confusion("missing-term", "The first module is left out.",
                      with_layers(lambda arrays: arrays[2:])),
            Confusion("missing-term", "X comes out as it went in: no module is applied to it.",
                      lambda X, *_: X),
        ],
        result_name="output",
    )  # fmt: skip
    return {"": whole}


def _whole(X: Array, G: Array, *arrays: Array) -> list[Array]:
    """Measure the gradients by X and by every parameter."""
    return list(numerical_vjp(lambda X, *arrays: np.sum(G * _output(X, arrays)), [X, *arrays], 1.0))


def _passed_on(follow: Callable[[list[Any], Array], Array]) -> Callable[..., list[Array]]:
    """Measure what comes of another way through the layers."""

    def gradients(X: Array, G: Array, *arrays: Array) -> list[Array]:
        layers: Any = _layers(arrays)
        functools.reduce(lambda value, layer: layer(value), layers, X)
        grad_X = follow(layers, G)
        return [grad_X, *(each.grad for layer in layers for each in layer.parameters())]

    return gradients


def _first_layer_first(layers: list[Any], G: Array) -> Array:
    return functools.reduce(lambda grad, layer: layer.backward(grad), layers, G)


def _all_given_the_same(layers: list[Any], G: Array) -> Array:
    grads: list[Array] = [layer.backward(G) for layer in layers]
    return grads[0]


def _run_backward(parameters: bool) -> Run:
    def run(candidate: Run, notes: Notes, X: Array, G: Array, *arrays: Array) -> Any:
        from course_utils.chapters.ch07_networks import nn

        body = {
            "forward": nn._composed,
            "parameters": lambda self: self._held(),
            "backward": lambda self, grad_output: candidate(self, grad_output),
        }
        network = type("Sequential", (nn.Sequential,), body)(*_layers(arrays))
        order = list(network.modules)
        network(X)
        look = _watch(notes, network.parameters())
        returned = network.backward(G)
        look()
        if network.modules != order:
            notes.append(
                (
                    "mutates-input",
                    "Afterwards the network's modules are in another order: `.reverse()` turns "
                    "the list itself around, and the next forward goes the wrong way.",
                )
            )
        if not parameters and returned is None:
            notes.append(
                (
                    "not-returned",
                    "backward returns nothing. Return the gradient by the network's input.",
                )
            )
        if notes:
            return np.zeros(())
        held = [each for module in order for each in module.parameters()]
        return _flat(*(each.grad for each in held)) if parameters else returned

    return run


def parts_of_sequential_backward() -> dict[str, Examiner]:
    """Return how `nn.Sequential.backward` is examined: what it returns, and every `.grad`."""

    def pick(gradients: Callable[..., list[Array]], parameters: bool) -> Callable[..., Array]:
        def reference(*inputs: Array) -> Array:
            grad_X, *grads = gradients(*inputs)
            return _flat(*grads) if parameters else grad_X

        return reference

    def confusions(parameters: bool) -> list[Confusion]:
        found = [
            Confusion(
                "wrong-order",
                "The modules are gone through first one first. The way back starts where forward "
                "ended.",
                pick(_passed_on(_first_layer_first), parameters),
            ),
            Confusion(
                "not-chained",
                "Every module is given the gradient by the network's output. Each one needs the "
                "gradient by its own output, which the module after it returns.",
                pick(_passed_on(_all_given_the_same), parameters),
            ),
        ]
        if parameters:
            found.append(
                Confusion(
                    "not-accumulated",
                    "No `.grad` has changed: no module's backward was called.",
                    lambda *inputs: _flat(*(np.zeros_like(each) for each in inputs[2:])),
                )
            )
            found.append(
                Confusion(
                    "missing-term",
                    "Only the last module's `.grad`s have changed.",
                    pick(_passed_on(lambda layers, G: layers[-1].backward(G)), True),
                )
            )
        else:
            found.append(
                Confusion(
                    "wrong-input",
                    "What is returned is the gradient that arrived, by the network's output.",
                    lambda X, G, *_: G,
                )
            )
            found.append(
                Confusion(
                    "wrong-input",
                    "What is returned is the gradient by the last module's input, and not by the "
                    "network's.",
                    pick(_passed_on(lambda layers, G: layers[-1].backward(G)), False),
                )
            )
        return found

    return {
        name: _part(
            _run_backward(parameters),
            pick(_whole, parameters),
            _network_inputs,
            confusions=confusions(parameters),
            result_name=name,
        )
        for name, parameters in (("grad_X", False), ("parameters", True))
    }


# ------------------------------------------------------------------ 7.7, parameters


def _run_parameters(shared: bool) -> Run:
    def run(candidate: Run, notes: Notes, *arrays: Array) -> Any:
        from course_utils.chapters.ch07_networks import nn

        cls = _with_method(nn.Sequential, "parameters", lambda self: candidate(self))
        layers: list[Any] = _layers(arrays)
        if shared:
            layers.append(layers[0])
        # One network inside another, and a module without parameters.
        network = cls(layers[0], nn.Tanh(), cls(*layers[1:]))
        returned = network.parameters()
        if returned is None:
            return None
        found = list(returned) if isinstance(returned, list | tuple) else None
        if found is None or not all(isinstance(each, nn.Parameter) for each in found):
            kinds = type(returned).__name__
            if found is not None:
                odd = next(each for each in found if not isinstance(each, nn.Parameter))
                kinds = f"{kinds} with a {type(odd).__name__} in it"
            notes.append(
                (
                    "type",
                    f"It returns a {kinds}. Return one flat list of Parameters; "
                    "for a module that stands in the list, ask the module for its own.",
                )
            )
            return np.zeros(())
        expected = [each for layer in layers[:_DEPTH] for each in layer.parameters()]
        if [id(each) for each in found] != [id(each) for each in expected]:
            notes.append(_wrong_list(found, expected))
            return np.zeros(())
        return _flat(*(each.data for each in found))

    return run


def _wrong_list(found: list[Any], expected: list[Any]) -> tuple[str, str]:
    ids, right = [id(each) for each in found], [id(each) for each in expected]
    if len(set(ids)) < len(ids):
        return (
            "counted-twice",
            "A Parameter stands in the list more than once: with a module that stands in two "
            "places of the network, a step of descent would move it twice.",
        )
    if set(ids) == set(right):
        return "order", "All the Parameters are there, but not in the order of the layers."
    missing = len(set(right) - set(ids))
    return (
        "missing-term",
        f"{missing} of {len(right)} Parameters are not in the list. The network that was tried has "
        "another network inside it.",
    )


def parts_of_parameters() -> dict[str, Examiner]:
    """Return how `nn.Sequential.parameters` is examined: without and with a shared module."""

    def make(rng: np.random.Generator, n: int = 4) -> tuple[Array, ...]:
        return _network_inputs(rng, 1, n)[2:]

    return {
        name: _part(
            _run_parameters(shared), lambda *arrays: _flat(*arrays), make, result_name="parameters"
        )
        for name, shared in (("list", False), ("shared", True))
    }


# ------------------------------------------------------------------ 7.8, accumulated


def measured_factor(parts: int, calls: int) -> Array:
    """Measure it, on a linear model and its squared error."""
    q, n, p = 2, 3, 2
    rng = np.random.default_rng(0)
    X, W, Y = rng.normal(size=(parts * q, n)), rng.normal(size=(n, p)), rng.normal(size=(parts, p))
    Y = np.repeat(Y, q, axis=0)

    def gradient(rows: slice) -> Array:
        return jacobian(lambda W: np.sum((X[rows] @ W - Y[rows]) ** 2) / len(X[rows]), W)

    held = np.zeros_like(W)
    for part in range(parts):
        for _ in range(calls):
            held = np.add(held, gradient(slice(part * q, (part + 1) * q)))
    whole = gradient(slice(None))
    return np.array(np.round(np.vdot(held, whole) / np.vdot(whole, whole), 9))


def _measured_as_float(parts: int, calls: int) -> float:
    return float(measured_factor(parts, calls))


def parts_of_factor() -> dict[str, Examiner]:
    """Return how `accumulated_factor` is examined."""

    def run(candidate: Run, notes: Notes, parts: int, calls: int) -> Any:
        returned = candidate(parts, calls)
        return None if returned is None else float(returned)

    def confusion(code: str, message: str, of: Callable[[int, int], tuple[int, int]]) -> Confusion:
        return Confusion(code, message, lambda parts, calls: measured_factor(*of(parts, calls)))

    return {
        "": _part(
            run,
            measured_factor,
            lambda rng: (int(rng.integers(2, 6)), int(rng.integers(2, 6))),
            confusions=[
                confusion("missing-factor", "The number of parts plays no role in it. By how many "
                          "samples is the loss of a part divided, and by how many the loss of the "
                          "whole batch?", lambda parts, calls: (1, calls)),
                confusion("missing-factor", "The number of calls plays no role in it. What does "
                          "the second call do to `.grad`?", lambda parts, calls: (parts, 1)),
                confusion("overwritten", "This would be right for the whole batch and one call, "
                          "with nothing to accumulate.", lambda parts, calls: (1, 1)),
                Confusion("inverted", "The parts divide where they should multiply. The loss of a "
                          "part is divided by fewer samples.",
                          lambda parts, calls: measured_factor(1, calls) / measured_factor(parts, 1)
                          ),
                Confusion("added", "The parts and the calls are added up. Each part is called "
                          "that often.",
                          lambda parts, calls: measured_factor(parts, 1)
                          + measured_factor(1, calls)),
            ],
            result_name="factor",
        )
    }  # fmt: skip


# ------------------------------------------------------------------ 7.9, a step


def _step_inputs(rng: np.random.Generator, q: int = 7, n: int = 3, p: int = 2) -> tuple[Any, ...]:
    """Draw X, Y, the rate, W, b, and what their `.grad`s hold before."""
    shapes = (n, p), (1, p), (n, p), (1, p)
    rate = float(rng.uniform(0.2, 0.6))
    X, Y = rng.normal(size=(q, n)), rng.normal(size=(q, p))
    return (X, Y, rate, *(rng.normal(size=shape) for shape in shapes))


def _cost(X: Array, Y: Array, W: Any, b: Any) -> Any:
    return np.sum((np.tanh(X @ W + b) - Y) ** 2) / len(Y)


def _run_step(which: str) -> Run:
    def run(candidate: Run, notes: Notes, X: Array, Y: Array, rate: float, *arrays: Array) -> Any:
        W, b, *start = arrays
        (network,) = _layers([W, b])
        for parameter, grad in zip(network.parameters(), start, strict=True):
            parameter.grad = np.array(grad)

        def zero_grad() -> None:
            for parameter in network.parameters():
                parameter.grad = np.zeros_like(parameter.data)

        network.zero_grad = zero_grad  # type: ignore[method-assign]
        with _earlier_work_trusted("MSE.backward"):
            returned = candidate(network, X, Y, rate)
        if which == "C":
            return returned
        return _flat(*(parameter.data for parameter in network.parameters()))

    return run


def parts_of_train_step() -> dict[str, Examiner]:
    """Return how `train_step` is examined: the cost it returns, and where the step ends."""

    def stepped(along: Callable[..., Sequence[Any]]) -> Callable[..., Array]:
        """Return the parameters after a step along something else than the gradient."""

        def reference(X: Array, Y: Array, rate: float, W: Array, b: Array, *start: Array) -> Array:
            grads = numerical_vjp(lambda W, b: _cost(X, Y, W, b), [W, b], 1.0)
            moves = along(rate, grads, start, _cost(X, Y, W, b))
            return _flat(*(data - move for data, move in zip((W, b), moves, strict=True)))

        return reference

    def scaled(scale: Callable[[float, float], float]) -> Callable[..., Array]:
        return stepped(lambda rate, grads, start, C: [scale(rate, C) * grad for grad in grads])

    def after(X: Array, Y: Array, rate: float, *arrays: Array) -> Any:
        flat = right(X, Y, rate, *arrays)
        W, b = arrays[:2]
        return _cost(X, Y, flat[: W.size].reshape(W.shape), flat[W.size :].reshape(b.shape))

    right = scaled(lambda rate, C: rate)
    moves = [
        Confusion("not-zeroed", "What `.grad` held before the call is part of the step.",
                  stepped(lambda rate, grads, start, C: [
                      rate * (old + grad) for old, grad in zip(start, grads, strict=True)])),
        Confusion("stale", "The step is along what `.grad` held before the call: descend comes "
                  "before backward.",
                  stepped(lambda rate, grads, start, C: [rate * old for old in start])),
        Confusion("no-step", "The parameters have not moved. Was descend called, and what did "
                  "`.grad` hold at that moment?",
                  scaled(lambda rate, C: 0.0)),
        Confusion("factor:-1", "The step goes uphill.", scaled(lambda rate, C: -rate)),
        Confusion("no-rate", "The rate plays no role in the step.", scaled(lambda rate, C: 1.0)),
        Confusion("counted-twice", "The step is twice as long as it should be: one gradient is "
                  "counted twice.", scaled(lambda rate, C: 2 * rate)),
        Confusion("wrong-upstream", "The gradient is C times too large. What is the gradient of C "
                  "by C itself?", scaled(lambda rate, C: rate * C)),
    ]  # fmt: skip
    costs = [
        Confusion("wrong-point", "C is the cost after the step. Return the one from before.",
                  after),
    ]  # fmt: skip
    return {
        "C": _part(
            _run_step("C"),
            lambda X, Y, rate, W, b, *_: _cost(X, Y, W, b),
            _step_inputs,
            confusions=costs,
            result_name="C",
        ),
        "step": _part(
            _run_step("step"), right, _step_inputs, confusions=moves, result_name="parameters"
        ),
    }
