"""A mix-up that explains every answer is named, and one that does not is not."""

# ruff: noqa: E501  (a table, one case a line)

import numpy as np
import pytest

from course_utils.checker import examine_function
from course_utils.checker.codes import require
from course_utils.checker.mixed_arguments import mixed_arguments, names_of
from course_utils.checker.mixed_results import Answer, holds, mixed_results
from course_utils.checks.plain_functions import Confusion, examine_named

SEEDS = range(4)


def weighted(G, X, W):
    return X.T @ (G * np.cos(X @ W))


def draw_weighted(rng, q=5, n=4, p=3):
    return rng.normal(size=(q, p)), rng.normal(size=(q, n)), rng.normal(size=(n, p))


def scaled(x, c, d):
    return c * np.sin(x) + d * x


def draw_scaled(rng, n=5):
    return rng.normal(size=n), rng.normal(size=n), rng.normal(size=n)


def tensor(X, W):
    return np.einsum("ik,lj->ijkl", np.eye(len(X)), W)


def draw_tensor(rng, q=3, n=4, p=2):
    return rng.normal(size=(q, n)), rng.normal(size=(n, p))


def filled(shape, values):
    out = np.zeros(shape)
    for index, value in values:
        out[index] = value
    return out


def running(x, c, d):
    total, out = 0.0, np.zeros(x.size)
    for i in range(x.size):
        total += scaled(x, c, d)[i]
        out[i] = total
    return out


def by_indices(X, W, condition):
    q, n, p = *X.shape, W.shape[1]
    out = np.zeros((q, p, q, n))
    for i, j, k, l in np.ndindex(out.shape):  # noqa: E741  (the index of the formula)
        out[i, j, k, l] = W[l, j] if condition(i, j, k, l) else 0
    return out


# (what is wrong, candidate, reference, make_inputs, code, words of the sentence)
NAMED = [
    ("the upstream left out", lambda G, X, W: weighted(G**0, X, W), weighted, draw_weighted, "no-upstream", "G is left out"),
    ("its square", lambda G, X, W: weighted(G**2, X, W), weighted, draw_weighted, "upstream-misused", "G were squared"),
    ("its size", lambda G, X, W: weighted(abs(G), X, W), weighted, draw_weighted, "upstream-misused", "without its sign"),
    ("its sum", lambda G, X, W: weighted(G.sum() + 0 * G, X, W), weighted, draw_weighted, "upstream-misused", "Only the sum of G"),
    ("its row sums", lambda G, X, W: weighted(G.sum(1, keepdims=True) + 0 * G, X, W), weighted, draw_weighted, "upstream-misused", "over axis 1"),
    ("the last sample left out", lambda G, X, W: weighted(G[:-1], X[:-1], W), weighted, draw_weighted, "missing-term", "the last row of G"),
    ("the first sample left out", lambda G, X, W: weighted(G[1:], X[1:], W), weighted, draw_weighted, "missing-term", "the first row of G"),
    ("= for +=", lambda G, X, W: weighted(G[-1:], X[-1:], W), weighted, draw_weighted, "missing-term", "= in place of +="),
    ("returned early", lambda G, X, W: weighted(G[:1], X[:1], W), weighted, draw_weighted, "missing-term", "end too early"),
    ("the first row for all", lambda G, X, W: weighted(G[:1] + 0 * G, X, W), weighted, draw_weighted, "wrong-input", "The first row of G stands"),
    ("another argument", lambda x, c, d: scaled(x, d, d), scaled, draw_scaled, "wrong-input", "d stands in the place of c"),
    ("two exchanged", lambda x, c, d: scaled(x, d, c), scaled, draw_scaled, "wrong-input", "c and d have changed places"),
    ("a term left out", lambda x, c, d: scaled(x, c, 0 * d), scaled, draw_scaled, "missing-term", "d were all zeros"),
    ("one is added", lambda x, c, d: scaled(x, c, d) + 1, scaled, draw_scaled, "added", "1 is added"),
    ("an argument is added", lambda x, c, d: scaled(x, c, d) + c, scaled, draw_scaled, "added", "c is added"),
    ("not set back", running, scaled, draw_scaled, "not-zeroed", "not set back"),
    ("multiplied again", lambda x, c, d: scaled(x, c, d) * c, scaled, draw_scaled, "missing-local", "multiplied by c"),
    ("rounded", lambda x, c, d: scaled(9 * x, c, d) // 1, lambda x, c, d: scaled(9 * x, c, d), draw_scaled, "dtype-int", "rounded down"),
    ("the sign lost", lambda x, c, d: abs(scaled(x, c, d)), scaled, draw_scaled, "sign", "right sign"),
    ("turned over", lambda x, c, d: 1 / scaled(x, c, d), scaled, draw_scaled, "inverted", "1 over"),
    ("the last never filled", lambda x, c, d: np.append(scaled(x, c, d)[:-1], 0), scaled, draw_scaled, "entries", "The last entry of result is zero"),
    ("the first only", lambda x, c, d: filled(x.shape, [(0, scaled(x, c, d)[0])]), scaled, draw_scaled, "entries", "Only the first entry"),
    ("the delta on another pair", lambda X, W: by_indices(X, W, lambda i, j, k, m: j == k), tensor, draw_tensor, "wrong-axis", "1 and 2"),
    ("no delta", lambda X, W: by_indices(X, W, lambda i, j, k, m: True), tensor, draw_tensor, "entries", "more places"),
    ("two indices exchanged", lambda X, W: np.einsum("ik,jl->ijkl", np.eye(len(X)), W[: W.shape[1], :]) + 0 * tensor(X, W), tensor, draw_tensor, "transpose", "W is used the wrong way round"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("candidate", "reference", "draw", "code", "says"),
    [row[1:] for row in NAMED],
    ids=[row[0] for row in NAMED],
)
def test_the_mix_up_is_named_and_the_sentence_says_which(candidate, reference, draw, code, says):
    for seed in SEEDS:
        report = examine_function(candidate, reference, draw, seed=seed)
        assert report.code == code, report.text()
        assert says in report.findings[0].message


# (what is wrong, candidate, reference, make_inputs)
UNKNOWN = [
    ("another function", lambda x, c, d: scaled(np.exp(x), c, d), scaled, draw_scaled),
    ("two mix-ups at once", lambda x, c, d: scaled(x, d, c) ** 2 + c, scaled, draw_scaled),
    ("nearly the sum of the upstream", lambda G, X, W: weighted(G.sum() * 1.001 + 0.01 * G, X, W), weighted, draw_weighted),
]  # fmt: skip


@pytest.mark.parametrize(
    ("candidate", "reference", "draw"), [r[1:] for r in UNKNOWN], ids=[r[0] for r in UNKNOWN]
)
def test_what_no_mix_up_explains_gets_no_name(candidate, reference, draw):
    for seed in SEEDS:
        report = examine_function(candidate, reference, draw, seed=seed)
        assert require(report.code).is_general, report.text()


def test_infinite_claims_hold_of_nothing():
    zero = np.zeros(3)
    answers = [Answer((zero,), np.ones(3), zero)]
    assert not holds(lambda a: 1 / a.expected, answers)
    assert holds(lambda a: a.expected + 1, answers)


def test_a_reference_that_stops_for_what_was_mixed_explains_nothing():
    def log(x, c):
        if np.any(x < 1):
            raise ValueError("out of the domain")
        return c * np.log(x)

    def draw(rng, n=5):
        return rng.uniform(1, 2, n), rng.normal(size=n)

    for seed in SEEDS:
        report = examine_function(lambda x, c: np.exp(c) * x, log, draw, seed=seed)
        assert report.code == "wrong-local"


def test_what_the_exercise_invites_comes_before_what_may_happen_anywhere():
    own = Confusion("wrong-input", "Its own words.", lambda x, c, d: scaled(x, d, c))
    report = examine_named(
        lambda x, c, d: scaled(x, d, c), scaled, draw_scaled, confusions=[own], seed=0
    )
    assert report.findings[0].message == "Its own words."


def test_every_mix_up_has_a_code_that_is_known():
    rng = np.random.default_rng(0)
    arguments = draw_weighted(rng)
    assert list(mixed_arguments(weighted, arguments))
    answers = [Answer(arguments, weighted(*arguments) + 1, weighted(*arguments))]
    for code, _, _ in mixed_results("result", names_of(weighted), answers):
        require(code)


@pytest.mark.parametrize(("reference", "names"), [(weighted, ("G", "X", "W")), (lambda *x: x, ())])
def test_the_names_of_arguments(reference, names):
    assert names_of(reference) == names


def unfilled(x, c, d):
    out = np.empty(x.shape)
    out[:-1] = scaled(x, c, d)[:-1]
    return out


def test_what_was_never_filled_is_never_right_by_chance():
    for seed in range(20):
        report = examine_function(unfilled, scaled, draw_scaled, seed=seed)
        assert report.code in ("nan", "entries"), report.text()
        assert "ever filled" in report.findings[0].message
