"""Sizes are drawn: all different, some above 16, never below what makes sense."""

import itertools

import numpy as np
import pytest

from course_utils.checker import sizes
from course_utils.checker.backward_call import Subject
from course_utils.checker.forward_pass import ForwardPass
from course_utils.checker.trials import Plan

SEEDS = range(200)
AUTHORS = [  # (generic sizes, smallest sensible ones)
    ({"q": 7, "n": 5}, {}),
    ({"q": 7, "n": 5, "p": 3}, {}),
    ({"n": 9, "k": 3}, {"n": 5}),
    ({"q": 7, "n": 5, "p": 3}, {"q": 4, "n": 4, "p": 4}),
    ({"N": 2, "C": 3, "H": 7, "W": 6, "F": 4, "HH": 3, "WW": 3}, {}),
    ({"n": 5}, {}),
]


def drawn(generic, least, seed):
    rng = np.random.default_rng(seed)
    for ordered in (False, True):
        yield sizes.different(generic, least, rng, ordered=ordered)
        yield sizes.one_large(generic, least, rng, batch="q", ordered=ordered)
        yield sizes.larger(generic, least, rng)


@pytest.mark.parametrize(("generic", "least"), AUTHORS)
def test_no_two_are_alike_and_none_is_too_small(generic, least):
    for seed in SEEDS:
        for found in drawn(generic, least, seed):
            assert found.keys() == generic.keys()
            assert len(set(found.values())) == len(found)
            assert all(size >= least.get(name, 2) for name, size in found.items())


@pytest.mark.parametrize(("generic", "least"), AUTHORS)
def test_one_is_large_and_all_are_larger(generic, least):
    for seed in SEEDS:
        _, large, larger, *_ = drawn(generic, least, seed)
        assert sum(size > 16 for size in large.values()) == 1
        assert all(larger[name] > size for name, size in generic.items())


@pytest.mark.parametrize(("generic", "least"), AUTHORS)
def test_the_author_s_order_is_kept_where_it_is_wanted(generic, least):
    rng = np.random.default_rng(0)
    for _ in SEEDS:
        for found in (
            sizes.different(generic, {}, rng, ordered=True),
            sizes.one_large(generic, {}, rng, batch=None, ordered=True),
        ):
            for a, b in itertools.combinations(generic, 2):
                if generic[a] < generic[b]:
                    assert found[a] < found[b]


def test_every_size_is_drawn_sooner_or_later():
    generic = {"q": 7, "n": 5}
    seen = {found["q"] for seed in SEEDS for found in drawn(generic, {}, seed)}
    assert seen >= {*range(2, 13), 32}
    alike = {sizes.alike(("q", "n"), {}, np.random.default_rng(seed)) for seed in SEEDS}
    assert alike == set(sizes.SQUARE)


def test_the_same_seed_tries_the_same(examined):
    def tried(seed):
        return examined("Linear", lambda g, X, W, b: None, seed=seed).trials

    assert tried(3) == tried(3)
    assert len({tried(seed) for seed in range(5)}) == 5


@pytest.mark.parametrize("size", [2, 6, 8, 32])
def test_what_is_wrong_at_one_size_only_is_met(size, examined):
    def backward(g, X, W, b):
        sign = -1.0 if len(X) == size else 1.0
        return sign * g @ W.T, sign * X.T @ g, sign * g.sum(axis=0, keepdims=True)

    caught = sum(not examined("Linear", backward, seed=seed).passed for seed in range(30))
    assert caught >= 3  # expected: 6 or more


def test_sizes_that_the_forward_does_not_take_are_drawn_again(build):
    def draw(rng, n=9, k=4):
        if k >= n:
            raise ValueError("the filter is longer than the signal")
        return rng.normal(size=n), rng.normal(size=k)

    function = build("Convolve", lambda g, x, w: None)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        plan = Plan(draw, {"n": 9, "k": 4}, (0, 1), rng=rng)
        forward_pass = ForwardPass(Subject(function, (0, 1), ("x", "w")), rng)
        kinds = [trial.kind for trial, _ in forward_pass.each(plan.trials())]
        assert kinds.count("other sizes") == 3
