"""The wire: what goes over it comes out as it was, and what is malformed is refused."""

from __future__ import annotations

import copy
import json
import math
import os
import socket
import time

import numpy as np
import pytest

from autograde.jail.inside.values import LARGEST_BODY, Opaque, Packer, Unpacker, WireError
from autograde.jail.inside.wire import HEAD, MAGIC, Channel, Gone, Late


@pytest.fixture
def ends():
    """The judge's end and the jail's, in one process."""
    ours, theirs = socket.socketpair()
    judge, jail = Channel(ours.detach(), 1), Channel(theirs.detach(), -1)
    yield judge, jail
    judge.close()
    jail.close()


def send(sender, receiver, value):
    sender.send({"value": Packer(sender.heap).pack(value)})
    return Unpacker(receiver.heap).unpack(receiver.receive(time.monotonic() + 5)["value"])


# fmt: off
VALUES = [
    ("none", None), ("true", True), ("whole", -7), ("text", "é\n"), ("float", 0.1),
    ("smallest", 5e-324), ("infinite", -math.inf), ("complex", 1 + 2j), ("empty list", []),
    ("tuple in list", [(1, 2.5), "x"]), ("mapping", {"a": (1,), "b": None}),
    ("float64", np.float64(0.1)), ("float32", np.float32(0.1)), ("bool_", np.bool_(1)),
    ("array", np.arange(6.0).reshape(2, 3)), ("0-d", np.array(3.0)), ("empty", np.zeros((0, 3))),
    ("whole numbers", np.arange(3)), ("float16", np.ones(2, np.float16)),
    ("complex array", np.array([1 + 1e-30j])), ("transposed", np.arange(6.0).reshape(2, 3).T),
    ("objects", np.array([1, "a", None], dtype=object)),
    ("set", {1, "a", None}), ("no set", set()),
    ("not a number", np.array([np.nan, -0.0, np.inf])),
]
# fmt: on


@pytest.mark.parametrize("value", [pytest.param(v, id=name) for name, v in VALUES])
def test_a_value_arrives_as_it_was(ends, value):
    for sender, receiver in (ends, ends[::-1]):
        found = send(sender, receiver, value)
        assert type(found) is type(value)
        if isinstance(value, np.ndarray):
            assert (found.dtype, found.shape) == (value.dtype, value.shape)
            assert found.tolist() == value.tolist() or found.tobytes() == value.tobytes()
        else:
            assert found == value


def test_what_is_no_data_arrives_as_its_description(ends):
    class Liar:
        def __repr__(self):
            raise RuntimeError("no")

    assert send(*ends, frozenset({1})) == Opaque("frozenset", "frozenset({1})")
    assert send(*ends, Liar()) == Opaque("Liar", "a Liar")
    assert send(*ends, 10**30).kind == "int"
    assert send(*ends, np.zeros(2, "M8[s]")).kind == "ndarray"
    assert isinstance(send(*ends, np.ones((1, 1)).view(np.recarray)), np.ndarray)


def test_an_array_keeps_its_identity_and_shows_changes_in_place(ends):
    judge, jail = ends
    x = np.zeros(3)
    there = send(judge, jail, x)
    assert send(judge, jail, [x, x])[0] is there
    there[1] = 5.0
    result = np.ones(2)
    back = send(jail, judge, result)
    assert x.tolist() == [0.0, 5.0, 0.0]
    result[0] = 7.0
    send(jail, judge, None)
    assert back.tolist() == [7.0, 1.0]
    back[1] = -1.0
    send(judge, jail, None)
    assert result.tolist() == [7.0, -1.0]


def test_arrays_that_nobody_holds_are_forgotten_on_both_sides(ends):
    judge, jail = ends
    for _ in range(50):
        send(judge, jail, np.zeros(3))
    send(judge, jail, None)
    assert len(judge.heap.arrays) == len(jail.heap.arrays) == 0


def frame(message, body=b"", magic=MAGIC, size=None):
    text = message if isinstance(message, bytes) else json.dumps(message).encode()
    return HEAD.pack(magic, len(text), len(body) if size is None else size) + text + body


def arrays(*entries):
    return {"value": None, "arrays": list(entries), "drop": []}


EIGHT = bytes(8)
MALFORMED = [
    ("no frame at all", b"GET / HTTP/1.1\r\n\r\n"),
    ("another magic number", frame(arrays(), magic=b"BBH2")),
    ("a body beyond the limit", frame(arrays(), size=LARGEST_BODY + 1)),
    ("no JSON", frame(b"\x80\x04pickle")),
    ("no UTF-8", frame(b'"\xff"')),
    ("deep nesting", frame(b"[" * 100_000)),
    ("no message", frame([1, 2])),
    ("no arrays", frame({"value": None, "drop": []})),
    ("arrays of another kind", frame({"arrays": 3, "drop": []})),
    ("objects", frame(arrays([-1, "|O", [1]]), EIGHT)),
    ("a structured type", frame(arrays([-1, "V8", [1]]), EIGHT)),
    ("an array that is larger than its bytes", frame(arrays([-1, "<f8", [2]]), EIGHT)),
    ("a huge shape", frame(arrays([-1, "<f8", [2**40, 2**40]]), EIGHT)),
    ("a negative size", frame(arrays([-1, "<f8", [-1]]), EIGHT)),
    ("a size that is no number", frame(arrays([-1, "<f8", [True]]), EIGHT)),
    ("a size with a point", frame(arrays([-1, "<f8", [1.0]]), EIGHT)),
    ("a size that is none", frame(b'{"arrays": [[-1, "<f8", [NaN]]], "drop": []}', EIGHT)),
    ("a size in words", frame(arrays([-1, "<f8", ["1"]]), EIGHT)),
    ("no sizes", frame(arrays([-1, "<f8", 1]), EIGHT)),
    ("nothing of a huge size", frame(arrays([-1, "<f8", [0, 2**70]]))),
    ("nothing of many large sizes", frame(arrays([-1, "<f8", [0, *[2**26] * 31]]))),
    ("a number that is too long to read", frame(b'{"arrays": [], "drop": [' + b"9" * 5000 + b"]}")),
    ("many dimensions", frame(arrays([-1, "<f8", [1] * 33]), EIGHT)),
    ("an array by a text", frame(arrays(["-1", "<f8", []]), EIGHT)),
    ("an array by a number with a point", frame(arrays([-1.0, "<f8", []]), EIGHT)),
    ("an array by the number 0", frame(arrays([0, "<f8", []]), EIGHT)),
    ("an array by no number", frame(arrays([False, "<f8", []]), EIGHT)),
    ("a type that is a number", frame(arrays([-1, 8, []]), EIGHT)),
    ("a type that is a list", frame(arrays([-1, ["<f8"], []]), EIGHT)),
    ("a long double", frame(arrays([-1, "<f16", []]), EIGHT + EIGHT)),
    ("an array with a fourth part", frame(arrays([-1, "<f8", [], 1]), EIGHT)),
    ("an array dropped by a text", frame({"arrays": [], "drop": ["1"]})),
    ("an array dropped by no number", frame({"arrays": [], "drop": [True]})),
    ("a body cut short", frame(arrays([-1, "<f8", []]), EIGHT[:7])),
    ("bytes left over", frame(arrays([-1, "<f8", []]), EIGHT + EIGHT)),
    ("the judge's own number", frame(arrays([1, "<f8", []]), EIGHT)),
    ("an array dropped that is not there", frame({"arrays": [], "drop": [5]})),
]


@pytest.mark.parametrize("data", [pytest.param(d, id=name) for name, d in MALFORMED])
def test_a_malformed_frame_is_refused(ends, data):
    judge, jail = ends
    os.write(jail.descriptor, data)
    with pytest.raises(WireError):
        judge.receive(time.monotonic() + 5)


# fmt: off
STEPS = [
    ("no steps at all", {"steps": 3}, b""), ("a step of no form", {"steps": [1]}, b""),
    ("no arrays", {"steps": [{}]}, b""),
    ("an array without its bytes", {"steps": [{"arrays": [[-1, "<f8", [2]]]}]}, EIGHT),
    ("the judge's own number", {"steps": [{"arrays": [[1, "<f8", []]]}]}, EIGHT),
    ("bytes left over", {"steps": [{"arrays": [[-1, "<f8", []]]}]}, EIGHT + EIGHT),
]
# fmt: on


@pytest.mark.parametrize(("steps", "body"), [pytest.param(s, b, id=name) for name, s, b in STEPS])
def test_malformed_steps_are_refused(ends, steps, body):
    judge, jail = ends
    os.write(jail.descriptor, frame(arrays() | steps, body))
    with pytest.raises(WireError):
        judge.receive(time.monotonic() + 5) and judge.settle()


def test_an_array_is_at_each_step_as_it_was_then(ends):
    judge, jail = ends
    x = np.zeros(2)
    send(judge, jail, x)
    theirs = jail.heap.arrays[1]
    steps, blobs = [], []
    for number in (1.0, 2.0):
        theirs[0] = number
        heads, more = jail.heap.changes()
        steps.append({"arrays": heads, "said": number})
        blobs += more
    theirs[1] = 3.0  # after the last step, and before the message
    for early in (False, True):
        jail.heap.contents[1] = ((2,), x.dtype, b"")
        jail.send({"steps": copy.deepcopy(steps)}, before=blobs)
        judge.receive(time.monotonic() + 5)
        assert judge.steps is not None
        judge.steps.read = lambda step: (step["said"], x.tolist())
        if early:
            judge.settle()  # somebody asks for something else in between
        found = list(judge.steps.each())
        assert found == [(1.0, [1.0, 0.0]), (2.0, [2.0, 0.0])]
        assert x.tolist() == [2.0, 3.0]


def nested(depth):
    return {"l": [nested(depth - 1)]} if depth else None


# fmt: off
TREES = [
    ("an unknown kind", {"eval": "1"}), ("two kinds", {"l": [], "t": []}),
    ("a float in JSON", 1.5), ("a list in JSON", [1]), ("a huge number", 2**70),
    ("a float of no form", {"f": "__import__"}), ("a float as a number", {"f": 1}),
    ("an array that was never sent", {"a": 99}), ("an array by name", {"a": "x"}),
    ("a scalar of objects", {"n": ["|O", "00"]}), ("a scalar cut short", {"n": ["<f8", "00"]}),
    ("a function, where none may be", {"call": 0}), ("an object", {"k": ["Context", {}]}),
    ("opaque without a text", {"o": ["x", 1]}), ("nesting", nested(50)),
    ("a set of lists", {"s": [{"l": []}]}), ("a set of arrays", {"s": {"a": 1}}),
    ("an array of objects, another shape", {"objects": [[7], [None]]}),
    # numbers of another type than is due, or of none
    ("a whole number in place of a float", {"f": 2}), ("a truth value as one", {"f": True}),
    ("a float as itself", {"f": 0.5}), ("no float", {"f": None}),
    ("a float in a list", {"f": ["1"]}),
    ("a float in decimals", {"f": "1,5"}), ("a float out of range", {"f": "0x1p+9999"}),
    ("a float of many digits", {"f": "0x1." + "0" * 40 + "p+0"}), ("an empty float", {"f": ""}),
    ("a count that is not a number", math.nan), ("an infinite count", math.inf),
    ("a count one too large", 2**63), ("one too small", -(2**63)),
    ("half of a complex number", {"c": [{"f": "0x1p+0"}]}), ("whole parts of one", {"c": [1, 2]}),
    ("truth values for parts of one", {"c": [True, False]}),
    ("a third part of one", {"c": [{"f": "nan"}] * 3}), ("a complex number as text", {"c": "1+2j"}),
    ("a scalar that is a number", {"n": 1.5}), ("a scalar of a number", {"n": ["<f8", 1]}),
    ("a scalar of no bytes", {"n": ["<f8", "0x1p"]}),
    ("a scalar of a long double", {"n": ["<f16", "00" * 16]}),
    ("a scalar of text", {"n": ["<U1", "61000000"]}),
    ("a scalar of a time", {"n": ["<M8[s]", "00" * 8]}),
    ("an array by a truth value", {"a": True}), ("an array by a float", {"a": 1.0}),
    ("an array by nothing", {"a": None}), ("a list by its length", {"l": 3}),
    ("a tuple as text", {"t": "ab"}),
    ("a set by its size", {"s": 2}), ("a mapping of pairs", {"d": [["a", 1]]}),
    ("objects of a shape in words", {"objects": [["1"], [None]]}),
    ("objects of a truth value", {"objects": [[True], [None]]}),
    ("objects of a huge shape", {"objects": [[2**70], [None]]}),
    ("objects without a shape", {"objects": [None]}), ("opaque by a number", {"o": [1, "x"]}),
]
# fmt: on


CALLED = [None, True, -0.5, "0", [0], {"f": "0x0p+0"}]


@pytest.mark.parametrize("number", CALLED)
def test_a_function_goes_by_a_whole_number(ends, number):
    with pytest.raises(WireError):
        Unpacker(ends[0].heap, lambda number: number).unpack({"call": number})


@pytest.mark.parametrize("tree", [pytest.param(t, id=name) for name, t in TREES])
def test_a_malformed_value_is_refused(ends, tree):
    with pytest.raises(WireError):
        Unpacker(ends[0].heap).unpack(tree)


def test_an_array_that_changes_its_shape_is_refused(ends):
    judge, jail = ends
    x = np.zeros(2)
    send(judge, jail, x)
    os.write(jail.descriptor, frame(arrays([1, "<f8", [3]]), 3 * EIGHT))
    with pytest.raises(WireError, match="changed its shape"):
        judge.receive(time.monotonic() + 5)


def test_a_partner_that_is_late_or_gone(ends):
    judge, jail = ends
    with pytest.raises(Late):
        judge.receive(time.monotonic() + 0.05)
    os.write(jail.descriptor, frame(arrays())[:10])
    with pytest.raises(Late):
        judge.receive(time.monotonic() + 0.05)
    jail.close()
    with pytest.raises(Gone):
        judge.receive(time.monotonic() + 5)
    with pytest.raises(Gone):
        judge.send({"value": "x" * 1_000_000}, time.monotonic() + 5)


def test_what_is_too_large_is_not_sent(ends):
    judge, _ = ends
    with pytest.raises(WireError, match="too large"):
        judge.send({"value": "x" * 10_000_000})
    with pytest.raises(WireError, match="too many parts"):
        Packer(judge.heap).pack([0] * 300_000)
