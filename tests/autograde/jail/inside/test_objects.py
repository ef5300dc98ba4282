"""Objects that both sides know, as the judge's side takes what a job says of them."""

from __future__ import annotations

import numpy as np
import pytest

from autograde.jail.inside.objects import (
    MOST_MODULES,
    MOST_NUMBERS,
    InPlace,
    Owned,
    build,
    take_apart,
)
from autograde.jail.inside.values import Heap, Packer, Unpacker, WireError
from autograde.judging import judge
from course_utils.autodiff.function import Context
from course_utils.chapters.ch07_networks import nn
from course_utils.chapters.ch07_networks.checks.layer import Layer
from course_utils.measure.drawn import Drawn


@pytest.fixture
def owned():
    """A network that was sent: its number is 0, its layer's 1, its Parameters' 2 and 3."""
    owned = Owned()
    layer = Layer(np.ones((2, 2)), np.zeros((1, 2)))
    packer = Packer(Heap(1), None, owned.take_apart)
    packer.pack(nn.Sequential(layer))
    owned.state(packer)
    return owned


def test_all_that_hangs_on_an_object_is_shared(owned):
    kinds = [type(each).__name__ for each in owned.things]
    assert kinds == ["Sequential", "Layer", "Parameter", "Parameter"]
    assert owned.attributes == [["modules"], ["W", "b", "own"], ["data", "grad"], ["data", "grad"]]


def put(owned, *state):
    owned.put(list(state), Unpacker(Heap(1), None, owned.build))


def shared(number):
    return {"k": ["shared", {"number": number}]}


def test_what_a_job_puts_into_an_attribute_is_there(owned):
    network, layer, W, _ = owned.things
    put(owned, {"modules": {"l": [shared(1), shared(1)]}}, {}, {"grad": None}, {})
    assert network.modules == [layer, layer]
    assert W.grad is None


STATES = [  # what no job says that an honest answer is in
    ("none", None),
    ("too few", [{}]),
    ("too many", [{}] * 5),
    ("a method", [{"backward": None}, {}, {}, {}]),
    ("another attribute", [{"__class__": None}, {}, {}, {}]),
    ("no mapping", [[], {}, {}, {}]),
    ("an object that is not there", [{"modules": shared(4)}, {}, {}, {}]),
    ("an object before the first", [{"modules": shared(-1)}, {}, {}, {}]),
    ("an object of no number", [{"modules": shared(None)}, {}, {}, {}]),
    ("an object by a truth value", [{"modules": shared(True)}, {}, {}, {}]),
    ("an object by a float", [{"modules": shared({"f": "0x1p+0"})}, {}, {}, {}]),
    ("an object by a text", [{"modules": shared("1")}, {}, {}, {}]),
    ("an object of another kind", [{"modules": {"k": ["Module", {}]}}, {}, {}, {}]),
]


@pytest.mark.parametrize("state", [pytest.param(state, id=name) for name, state in STATES])
def test_nothing_else_can_be_put_there(owned, state):
    with pytest.raises(WireError):
        owned.put(state, Unpacker(Heap(1), None, owned.build))


LARGE = np.zeros(MOST_NUMBERS + 1)


@pytest.mark.parametrize("args", [(LARGE,), ([LARGE],), ({"a": LARGE},), (nn.Parameter(LARGE),)])
def test_what_is_large_is_not_computed_with(owned, args):
    with pytest.raises(ValueError, match="4097 numbers"):
        owned.call(1, "__call__", args, {})


def test_no_attribute_has_more_modules_than_the_judge_goes_through(owned):
    put(owned, {"modules": {"l": [shared(1)] * MOST_MODULES}}, {}, {}, {})
    with pytest.raises(ValueError, match="more modules"):
        put(owned, {"modules": {"l": [shared(1)] * (MOST_MODULES + 1)}}, {}, {}, {})


def test_what_holds_itself_is_not_gone_through_for_ever(owned):
    itself = {}, {}, {"data": {"l": [shared(2)]}, "grad": shared(2)}, {}
    for _ in range(2):  # when the second comes it does hold itself
        put(owned, *itself)
    assert owned.things[2].grad is owned.things[2]


CALLS = [
    (True, "__call__"),
    (1.0, "__call__"),
    ("1", "__call__"),
    (None, "__call__"),
    (-1, "__call__"),
    (1, 0),
    (1, "evaluate"),
    (1, "__init__"),
    (1, "_kept"),
    (1, "W"),
    (2, "data"),
    (9, "backward"),
]


@pytest.mark.parametrize(("number", "method"), CALLS)
def test_only_what_was_offered_is_called(owned, number, method):
    with pytest.raises(WireError):
        owned.call(number, method, (), {})


def test_a_generator_draws_the_same_there():
    rng = np.random.default_rng(3)
    rng.integers(9, dtype=np.int32)
    made = build(*take_apart(rng))
    assert made.random() == rng.random()
    assert made.integers(9, dtype=np.int32) == rng.integers(9, dtype=np.int32)


def test_a_context_has_nothing_hidden():
    ctx = Context()
    ctx.q, ctx._inputs = 3, (1,)
    kind, parts = take_apart(ctx)
    assert parts == {"saved_tensors": (), "needs_input_grad": (), "q": 3}
    with pytest.raises(ValueError, match="__class__"):
        build(kind, {**parts, "__class__": 1})


START = "import numpy as np\nfrom course_utils import *"
IN_PLACE = [  # (an answer to 7.6, which is not right, and what it sees of the network)
    ("type(self).__name__", "Sequential"),
    ("isinstance(self, nn.Sequential) and isinstance(self.modules[0], nn.Module)", "True"),
    ("[type(p).__name__ for p in self.parameters()][:2]", "['Parameter', 'Parameter']"),
    ("self.modules[0].W is self.modules[0].parameters()[0]", "True"),
    ("self.modules[0].W.data.shape", "(4, 4)"),
    ("self.modules[2].backward(grad_output).shape == grad_output.shape", "True"),
    ("(self.zero_grad(), self.parameters()[0].grad.any())[1]", "False"),
    ("(self.modules[0].W.grad.fill(2.0), self.parameters()[0].grad[0, 0])[1]", "2.0"),
]


@pytest.mark.parametrize(("sees", "said"), IN_PLACE)
def test_what_an_answer_finds_is_as_it_would_be_here(connection, monkeypatch, sees, said):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    answer = (
        "@fill_in(nn.Sequential.backward)\ndef backward(self, grad_output):\n"
        f"    print({sees})\n    return grad_output"
    )
    for source in (START, answer):
        connection.run({"op": "cell", "source": source}, 60)
    judged = judge.run("check(nn.Sequential.backward)", {}, connection, seed=1)
    assert judged.verdict == "wrong"
    assert judged.outputs[0]["text"].splitlines()[0] == said


DRAWN = [  # (a function, where it is looked at)
    (Drawn("of_one_number", *np.array([0.7, -1.2, 1.4, 0.6])), 0.3),
    (Drawn("of_one_number", *np.array([0.7, -1.2, 1.4, 0.6])), 0.3 + 1e-20j),
    (Drawn("of_several", np.arange(6.0).reshape(2, 3) / 7, np.array([0.5, 1.5])), np.ones(3)),
]


@pytest.mark.parametrize(("f", "x"), DRAWN)
def test_a_drawn_function_is_known_in_the_jail_and_taken_from_nobody_else(f, x):
    heap, asked = Heap(1), []
    tree = Packer(heap, None, Owned().take_apart).pack(f)
    there = Unpacker(heap, None, InPlace(asked.append).build).unpack(tree)
    assert np.array_equal(there(x), f(x))
    assert asked == []
    with pytest.raises(WireError):
        Unpacker(heap, None, Owned().build).unpack(tree)


def numbers(look):
    return [number for number, _, _ in look[0]]


def test_amid_a_call_only_its_own_arrays_are_looked_at():
    heap, earlier, now = Heap(1), np.zeros(2), np.zeros(2)
    heap.number_of(earlier)
    assert numbers(heap.changes()) == [1]
    heap.number_of(now)
    assert numbers(heap.changes()) == [2]
    earlier[0] = now[0] = 1.0
    assert numbers(heap.changes(amid=True)) == [2]
    now[0] = 2.0
    assert numbers(heap.changes(amid=True)) == [2]
    assert numbers(heap.changes()) == [1]


def test_amid_a_call_what_it_alone_has_made_can_go():
    heap, kept = Heap(1), np.zeros(2)
    heap.number_of(kept)
    heap.used.clear()
    heap.changes()
    heap.number_of(np.ones(2))
    heap.changes(amid=True)
    assert heap.idle(amid=True) == []  # it is on its way
    heap.used.clear()
    assert heap.idle(amid=True) == [2]
