"""Modules with the stand-ins and with answers: they agree with each other and with measuring."""

import functools

import numpy as np
import pytest

from course_utils import MSE, CheckFailed, Linear, check, vjp
from course_utils.chapters.ch07_networks import nn
from course_utils.exercises.registry import NotFilledIn, find, registry


@pytest.fixture(autouse=True)
def _nothing_filled_in(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")  # nothing is saved
    for slot in registry.values():
        slot.empty()
    yield
    for slot in registry.values():
        slot.empty()


def linear_backward(ctx, grad_output):
    X, W, _ = ctx.saved_tensors
    return grad_output @ W.T, X.T @ grad_output, grad_output.sum(axis=0, keepdims=True)


def layer_backward(self, grad_output):
    grad_X, grad_W, grad_b = self.pullback(grad_output)
    self.W.grad += grad_W
    self.b.grad += grad_b
    return grad_X


def network_backward(self, grad_output):
    for module in reversed(self.modules):
        grad_output = module.backward(grad_output)
    return grad_output


ANSWERS = {
    "Linear.backward": linear_backward,
    "nn.Linear.backward": layer_backward,
    "nn.Sequential.backward": network_backward,
}


@pytest.fixture(params=[(), ("nn.Sequential.backward",), tuple(ANSWERS)], ids=len)
def some_filled_in(request):
    """Nothing, one method, or all of the backwards are a learner's."""
    for name in request.param:
        find(name).put(ANSWERS[name])


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def network_with_shared_layer(rng, act=nn.Tanh):
    shared = nn.Linear(4, 4, rng)
    inner = nn.Sequential(shared, act())
    return nn.Sequential(nn.Linear(3, 4, rng), act(), shared, inner, inner, nn.Linear(4, 2, rng))


def differences(network, X, Y):
    rows = nn.gradient_table(network, X, Y).splitlines()[1:]
    return [float(row.split()[-1]) for row in rows]


def gradients(network, X, Y):
    _, pullback = vjp(MSE, network(X), Y)
    grad_X = network.backward(pullback(1.0)[0])
    return [grad_X, *(each.grad for each in network.parameters())]


@pytest.mark.usefixtures("some_filled_in")
@pytest.mark.parametrize("act", [nn.Tanh, nn.ReLU])
def test_a_network_with_a_layer_in_several_places_has_the_measured_gradients(act, rng):
    network = network_with_shared_layer(rng, act)
    X, Y = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
    assert len(network.parameters()) == 6
    assert max(differences(network, X, Y)) < 1e-12


def test_at_an_exact_kink_the_convention_is_measured():
    """Where a layer is off for a sample, the next one's values are exactly its biases, zero."""
    at_kink = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        network = network_with_shared_layer(rng, nn.ReLU)
        X, Y = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
        hidden = nn.Sequential(*network.modules[:2])(X)
        at_kink += bool((hidden == 0).all(axis=1).any())
        assert max(differences(network, X, Y)) < 1e-12
    assert at_kink > 0


@pytest.mark.usefixtures("some_filled_in")
def test_every_backward_adds_the_same_again(rng):
    network = network_with_shared_layer(rng)
    X, Y = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
    _, pullback = vjp(MSE, network(X), Y)
    (G, _) = pullback(1.0)
    first = network.backward(G)
    once = [each.grad.copy() for each in network.parameters()]
    np.testing.assert_allclose(network.backward(G), first)
    for each, grad in zip(network.parameters(), once, strict=True):
        np.testing.assert_allclose(each.grad, 2 * grad, rtol=1e-12, atol=1e-15)
    network.zero_grad()
    assert all(not each.grad.any() for each in network.parameters())


@pytest.mark.usefixtures("some_filled_in")
def test_backward_belongs_to_the_last_forward(rng):
    network = network_with_shared_layer(rng)
    X, other, Y = rng.normal(size=(5, 3)), rng.normal(size=(7, 3)), rng.normal(size=(5, 2))
    expected = [np.array(each) for each in gradients(network, X, Y)]
    network.zero_grad()
    network(other)
    for grad, right in zip(gradients(network, X, Y), expected, strict=True):
        np.testing.assert_allclose(grad, right, rtol=1e-12, atol=1e-15)


@pytest.mark.usefixtures("some_filled_in")
def test_many_forwards_keep_one(rng):
    network = network_with_shared_layer(rng)
    for _ in range(20):
        network(rng.normal(size=(5, 3)))
    assert [len(module._kept) for module in network.modules] == [1, 1, 3, 2, 2, 1]


def test_a_network_without_a_forward_says_so(rng):
    with pytest.raises(RuntimeError, match="no forward"):
        nn.Linear(3, 2, rng).backward(np.ones((4, 2)))


def test_the_first_weights_have_the_size_asked_for(rng):
    spread = [nn.Linear(400, 300, rng, scale).W.data.std() for scale in (None, 0.5)]
    np.testing.assert_allclose(spread, [1 / 20, 0.5], rtol=0.02)
    layer = nn.Linear(3, 2, rng)
    assert layer.b.data.shape == layer.b.grad.shape == (1, 2)
    assert not layer.b.data.any()
    assert not layer.W.grad.any()


def test_descent_moves_in_place(rng):
    layer = nn.Linear(3, 2, rng)
    data, before = layer.W.data, layer.W.data.copy()
    layer.W.grad += 1.0
    nn.descend(layer.parameters(), 0.25)
    assert layer.W.data is data
    np.testing.assert_allclose(data, before - 0.25)


def test_a_step_goes_down_and_returns_the_cost_of_before(rng):
    network = nn.Sequential(nn.Linear(3, 4, rng), nn.Tanh(), nn.Linear(4, 2, rng))
    X, Y = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
    at_first = MSE.apply(network(X), Y)
    costs = [nn.train_step(network, X, Y, 0.05) for _ in range(5)]
    assert costs[0] == pytest.approx(float(at_first))
    assert costs == sorted(costs, reverse=True)


def test_the_table_names_the_layer_that_is_wrong(rng):
    class Overwriting(nn.Linear):
        def backward(self, grad_output):
            self.W.grad = np.zeros_like(self.W.data)
            return super().backward(grad_output)

    find("nn.Sequential.backward").put(network_backward)
    find("nn.Linear.backward").put(layer_backward)
    shared = Overwriting(3, 3, rng)
    network = nn.Sequential(shared, nn.Tanh(), nn.Linear(3, 3, rng), nn.Tanh(), shared)
    X, Y = rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
    wrong = [gap > 1e-3 for gap in differences(network, X, Y)]
    assert wrong == [True, False, False, False]
    assert nn.gradient_table(network, X, Y).splitlines()[1].startswith("0 Overwriting")
    assert not network.modules[2].W.grad.any(), "the table leaves .grad as it was"


def test_the_wrong_work_of_an_earlier_exercise_is_not_this_ones():
    find("Linear.backward").put(lambda ctx, g: (g, g, g))
    find("MSE.backward").put(lambda ctx, g: (g, g))
    find("nn.Linear.backward").put(layer_backward)
    find("nn.Sequential.backward").put(network_backward)
    check("nn.Linear.backward", seed=0)
    check("nn.Sequential.backward", seed=0)

    def step(network, X, Y, rate):
        network.zero_grad()
        C, pullback = vjp(MSE, network(X), Y)
        network.backward(pullback(1.0)[0])
        nn.descend(network.parameters(), rate)
        return C

    find("train_step").put(step)
    check("train_step", seed=0)
    assert find("Linear.backward").implementation is not None
    with pytest.raises(CheckFailed):
        check(Linear, seed=0)


def array_at_once(self, grad_output):
    grad_X, grad_W, grad_b = self.pullback(grad_output)
    self.W.grad = self.W.grad + grad_W
    self.b.grad = self.b.grad + grad_b
    return grad_X


def fresh_zeros(self):
    for parameter in self.parameters():
        parameter.grad = np.zeros_like(parameter.data)


def comprehension(self):
    return list(dict.fromkeys(p for module in self.modules for p in module.parameters()))


def recursive(self, grad_output):
    modules = list(self.modules)
    while modules:
        grad_output = modules.pop().backward(grad_output)
    return grad_output


OTHER_WAYS = [
    ("nn.Linear.backward", array_at_once),
    ("nn.Module.zero_grad", fresh_zeros),
    ("nn.Sequential.parameters", comprehension),
    ("nn.Sequential.backward", recursive),
    ("accumulated_factor", lambda parts, calls: calls * float(parts)),
]


@pytest.mark.parametrize(("name", "answer"), OTHER_WAYS, ids=[row[0] for row in OTHER_WAYS])
def test_other_right_ways_are_right(name, answer):
    find(name).put(answer)
    for seed in range(3):
        check(name, seed=seed)


# ------------------------------------------------------------------ modules of somebody else


class Scale(nn.Module):
    """Keeps its Parameter in a list, and can be computed by its own forward alone."""

    def __init__(self, factor):
        super().__init__()
        self.held = [nn.Parameter(factor)]

    def parameters(self):
        return self.held

    def forward(self, X):
        return self.held[0].data * X


def by_attributes(self):
    found = []
    for module in self.modules:
        own = module.parameters() if hasattr(module, "modules") else vars(module).values()
        found += [each for each in own if isinstance(each, nn.Parameter) and each not in found]
    return found


def as_one_function(self, X):
    return self.evaluate(X, {})


@pytest.mark.parametrize(
    ("name", "answer", "code"),
    [
        ("nn.Sequential.parameters", by_attributes, "missing-term"),
        ("nn.Sequential.forward", as_one_function, "crash"),
    ],
)
def test_what_is_right_for_the_modules_of_the_course_alone_is_not_right(name, answer, code):
    find(name).put(answer)
    for seed in range(3):
        with pytest.raises(CheckFailed) as failed:
            check(name, seed=seed)
        assert failed.value.report.code == code


def test_with_answers_any_module_will_do(rng):
    find("nn.Sequential.forward").put(
        lambda self, X: functools.reduce(lambda Y, each: each(Y), self.modules, X)
    )
    find("nn.Sequential.parameters").put(comprehension)
    find("nn.Module.zero_grad").put(fresh_zeros)
    network = nn.Sequential(Scale(2.0), Scale(3.0))
    np.testing.assert_allclose(network(np.ones((2, 2))), np.full((2, 2), 6.0))
    for parameter in network.parameters():
        parameter.grad += 1.0
    network.zero_grad()
    assert [float(each.grad) for each in network.parameters()] == [0.0, 0.0]


@pytest.mark.parametrize("method", ["parameters", "zero_grad"])
def test_parameters_that_are_not_found_without_an_answer_are_told(method):
    with pytest.raises(NotFilledIn, match=r"Scale has Parameters .* 7\.4 and 7\.7"):
        getattr(nn.Sequential(Scale(2.0), Scale(3.0)), method)()


def test_a_module_that_cannot_be_computed_from_outside_is_told():
    with pytest.raises(TypeError, match="Scale cannot be computed apart from its own forward"):
        nn.Sequential(Scale(2.0), Scale(3.0))(np.ones((2, 2)))


def test_what_is_done_meanwhile_is_told(rng, capsys):
    network = network_with_shared_layer(rng)
    network.zero_grad()
    network.parameters()
    network(rng.normal(size=(5, 3)))
    told = [line.split(": ", 1)[1] for line in capsys.readouterr().out.splitlines()]
    assert [line.split()[0:2] for line in told] == [
        ["for", "now"],
        ["found", "among"],
        ["for", "now"],
    ]
