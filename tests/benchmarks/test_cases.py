"""The benchmark's cases are right or wrong as they say, proven without the checker.

The derivatives are differences of eighth order in extended precision, at two step
sizes that must agree; course_utils has no part in it.
"""

from functools import cache

import numpy as np
import pytest

from benchmarks.cases import CASES, OPS

LONG = np.longdouble
STEP = 4e-3
# Where long double is double (Windows, Apple silicon), differences keep fewer digits.
EXACT = 1e-9 if np.finfo(LONG).eps < 1e-18 else 1e-7
CENTRAL = {1: 4 / LONG(5), 2: -1 / LONG(5), 3: 4 / LONG(105), 4: -1 / LONG(280)}
ONWARD = [-49 / LONG(20), 6, -15 / LONG(2), 20 / LONG(3), -15 / LONG(4), 6 / LONG(5), -1 / LONG(6)]

RIGHT = [case for case in CASES if case.kind == "correct"]
WRONG = [case for case in CASES if case.kind == "wrong"]
DRAWS = 4


def slope(along, h):
    return sum(c * (along(i * h) - along(-i * h)) for i, c in CENTRAL.items()) / h


def slope_on_one_side(along, h):
    return sum(c * along(i * h) for i, c in enumerate(ONWARD)) / h


def gradient(op, inputs, k, g, difference, sign=1.0):
    """Measure one gradient; None where two step sizes disagree, as near a kink."""
    wide = [np.array(x, dtype=LONG) for x in inputs]
    found = np.zeros(np.shape(inputs[k]), dtype=LONG)
    doubt = LONG(0)
    for entry in np.ndindex(found.shape):

        def along(t, entry=entry):
            moved = list(wide)
            moved[k] = wide[k].copy()
            moved[k][entry] += t
            out = np.asarray(op.forward(*moved))
            assert out.dtype == LONG, f"the forward of {op.name} loses digits"
            return np.sum(g * out)

        coarse = difference(along, sign * LONG(STEP))
        found[entry] = difference(along, sign * LONG(STEP) / 2)
        doubt = max(doubt, abs(coarse - found[entry]))
    return found if doubt <= 1e-8 * (np.max(np.abs(found), initial=0) + 1e-3) else None


def upstream(rng, op, inputs):
    shape = np.shape(op.forward(*inputs))
    return np.asarray(rng.choice([-1.0, 1.0], size=shape) * rng.uniform(0.2, 2, size=shape))


@cache
def drawn(name, sizes, draw):
    """Draw inputs away from kinks: inputs, upstream, lower and upper end of each gradient."""
    op = OPS[name]
    for attempt in range(100):
        rng = np.random.default_rng([draw, attempt])
        inputs = op.make_inputs(rng, dict(sizes))
        g = upstream(rng, op, inputs)
        found = []
        for k in op.wrt:
            found.append(gradient(op, inputs, k, g, slope))
            if found[-1] is None:
                break
        else:
            return inputs, g, found, found
    raise AssertionError(f"{name} cannot be differentiated at {dict(sizes)}")


@cache
def special(name, called, draw):
    """Take an op's special inputs: both one-sided derivatives bound what is right."""
    op = OPS[name]
    rng = np.random.default_rng(draw)
    inputs = tuple(np.asarray(x, dtype=float) for x in dict(op.special)[called](rng))
    g = upstream(rng, op, inputs)
    lower, upper = [], []
    for k in op.wrt:
        ends = [gradient(op, inputs, k, g, slope_on_one_side, sign) for sign in (1.0, -1.0)]
        assert ends[0] is not None
        assert ends[1] is not None
        lower.append(np.minimum(*ends))
        upper.append(np.maximum(*ends))
    return inputs, g, lower, upper


def situations(op):
    """List what a right backward must be right on."""
    least = dict(op.lo)
    sizes = [{}, {name: size + 2 for name, size in op.dims.items()}]
    sizes += [dict.fromkeys(op.square, 4)] if op.square else []
    sizes += [{name: 1} for name in op.dims if least.get(name, 1) <= 1]
    return [drawn(op.name, tuple(s.items()), 0) for s in sizes] + [
        special(op.name, called, 0) for called, _ in op.special
    ]


def exposing(case):
    """List the situations that a wrong backward says expose it."""
    if case.needs in ("generic", "contract"):
        return [drawn(case.op, (), draw) for draw in range(DRAWS)]
    if case.needs.startswith("special:"):
        return [special(case.op, case.needs.removeprefix("special:"), 0)]
    if case.needs == "square":
        return [drawn(case.op, tuple(dict.fromkeys(OPS[case.op].square, 4).items()), 0)]
    name, size = case.needs.split("=")
    return [drawn(case.op, ((name, int(size)),), 0)]


def answer(backward, inputs, g):
    """Call a backward on copies; return the list of gradients, or what is wrong with them."""
    try:
        with np.errstate(all="ignore"):
            returned = backward(g.copy(), *[x.copy() for x in inputs])
    except Exception:
        return "raises"
    return read(returned, inputs)


def read(returned, inputs):
    if returned is None or isinstance(returned, str):
        return "type"
    return list(returned) if isinstance(returned, tuple | list) else [returned]


def gradients(case, returned, inputs):
    """Return float64 gradients, or a word on why these are none."""
    wrt = OPS[case.op].wrt
    if isinstance(returned, str):
        return returned
    if len(wrt) == 1 and len(returned) != 1 and not isinstance(returned[0], np.ndarray):
        returned = [returned]  # one gradient as a bare list of numbers
    if len(returned) != len(wrt) or any(item is None for item in returned):
        return "count"
    found = []
    for k, item in zip(wrt, returned, strict=True):
        array = np.asarray(item)
        if array.shape != inputs[k].shape:
            return "shape"
        if array.dtype != np.float64:
            return "dtype"
        found.append(array)
    return found


def verdict(case, situation, tolerance):
    """Judge one answer: "right", or what is wrong with it, and the gradients."""
    inputs, g, lower, upper = situation
    found = gradients(case, answer(case.backward, inputs, g), inputs)
    if isinstance(found, str):
        return found, None
    if not all(np.all(np.isfinite(x)) for x in found):
        return "nan", found
    for x, low, high in zip(found, lower, upper, strict=True):
        room = tolerance * max(np.max(np.abs(low), initial=0), np.max(np.abs(high), initial=0))
        if np.any(x < low - room - 1e-12) or np.any(x > high + room + 1e-12):
            return "value", found
    return "right", found


def test_the_case_set_is_as_large_as_it_claims():
    assert len({case.op for case in CASES}) >= 15
    assert len(RIGHT) >= 60
    assert len(WRONG) >= 150
    assert len({case.id for case in CASES}) == len(CASES)
    assert {case.op for case in RIGHT} == {case.op for case in WRONG} == set(OPS)


@pytest.mark.parametrize("case", RIGHT, ids=lambda case: case.id)
def test_right_ones_are_right_everywhere(case):
    tolerance = 1e-5 if "float32" in case.id else EXACT
    for situation in situations(OPS[case.op]):
        assert verdict(case, situation, tolerance)[0] == "right"


@pytest.mark.parametrize("case", RIGHT, ids=lambda case: case.id)
def test_right_ones_keep_the_contract(case):
    assert broken_promises(case) == set()


@pytest.mark.parametrize(
    "case", [case for case in WRONG if case.needs != "contract"], ids=lambda case: case.id
)
def test_wrong_ones_are_wrong_where_they_say(case):
    verdicts = [verdict(case, situation, 1e-5) for situation in exposing(case)]
    assert {kind for kind, _ in verdicts} != {"right"}
    if case.needs != "generic":
        assert verdict(case, drawn(case.op, (), 0), EXACT)[0] == "right"


@pytest.mark.parametrize(
    "case", [case for case in WRONG if case.needs == "contract"], ids=lambda case: case.id
)
def test_wrong_ones_break_the_contract_they_say(case):
    assert case.code in broken_promises(case)
    inputs, g, wanted, _ = drawn(case.op, (), 0)
    found = answer(case.backward, inputs, g)
    for x, right in zip(found, wanted, strict=True):
        np.testing.assert_allclose(
            np.asarray(x, dtype=float), right.astype(float), rtol=1e-6, atol=1e-6
        )


def broken_promises(case):
    """Name what a backward does besides computing: the codes of the contract it breaks."""
    inputs, g, _, _ = drawn(case.op, (), 0)
    other_inputs, other_g, _, _ = drawn(case.op, (), 1)
    backward = case.backward
    given, g_given = [x.copy() for x in inputs], g.copy()
    first = read(backward(g_given, *given), inputs)
    broken = set()
    if any(a.tobytes() != b.tobytes() for a, b in zip(given, inputs, strict=True)):
        broken.add("mutates-input")
    if g_given.tobytes() != g.tobytes():
        broken.add("mutates-upstream")
    for item in first:
        kind = np.asarray(item).dtype
        if kind != np.float64:
            broken.add(f"dtype-{kind}")
    before = [np.array(item, dtype=float) for item in first]
    for at, h in ((other_inputs, other_g), (inputs, g)):
        now = answer(backward, at, h)
        fresh = answer(case.backward, at, h)
        if not equal(now, fresh):
            broken.add("stateful")
        if at is other_inputs and not equal(first, before):
            broken.add("alias")
    return broken


def equal(a, b):
    return all(
        np.array_equal(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
        for x, y in zip(a, b, strict=True)
    )


# What a code says, where that can be read off the numbers at once.
WORDS = {
    "count": "count",
    "crash": "raises",
    "dtype-int": "dtype",
    "nan": "nan",
    "overflow": "nan",
    "shape": "shape",
    "type": "type",
}


@pytest.mark.parametrize(
    "case", [case for case in WRONG if case.code in WORDS], ids=lambda case: case.id
)
def test_a_code_says_what_is_seen(case):
    assert verdict(case, exposing(case)[0], 1e-5)[0] == WORDS[case.code]


@pytest.mark.parametrize(
    "case", [case for case in WRONG if case.code.startswith("factor:")], ids=lambda case: case.id
)
def test_a_factor_is_the_factor(case):
    op = OPS[case.op]
    factor = float(eval(case.code.removeprefix("factor:"), {}, dict(op.dims)))
    assert factor != 1
    inputs, g, wanted, _ = drawn(case.op, (), 0)
    found = gradients(case, answer(case.backward, inputs, g), inputs)
    for x, right in zip(found, wanted, strict=True):
        near = [np.allclose(x, f * right.astype(float), rtol=1e-9) for f in (1.0, factor)]
        assert any(near)


@pytest.mark.parametrize(
    "case", [case for case in WRONG if case.code == "no-upstream"], ids=lambda case: case.id
)
def test_no_upstream_ignores_it(case):
    inputs, g, _, _ = drawn(case.op, (), 0)
    other = drawn(case.op, (), 1)[1]
    first = gradients(case, answer(case.backward, inputs, g), inputs)
    second = gradients(case, answer(case.backward, inputs, other), inputs)
    assert any(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_a_wrong_one_would_not_be_taken_for_right():
    """The proof itself can fail: every wrong value is found out by the test of the right ones."""
    for case in WRONG:
        if case.needs == "generic" and case.code == "factor:-1":
            assert verdict(case, drawn(case.op, (), 0), EXACT)[0] == "value"


def test_differences_are_exact():
    x = LONG(0.7)
    for difference, places in ((slope, 1e-12), (slope_on_one_side, 1e-10)):
        assert abs(difference(lambda t: np.exp(x + t), LONG(STEP) / 2) - np.exp(x)) < places
