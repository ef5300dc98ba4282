"""`check` and `score`, on the course's exercises and on a Function of one's own."""

import numpy as np
import pytest

from course_utils import CheckFailed, Function, MatVec, check, score
from course_utils.checks.declarations import declaration_of
from course_utils.exercises.registry import find, registry


@pytest.fixture(autouse=True)
def _nothing_filled_in(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")  # nothing is saved
    for slot in registry.values():
        slot.empty()
    yield
    for slot in registry.values():
        slot.empty()


def fill(name, implementation):
    find(name).put(implementation)


def matvec(ctx, grad_output):
    A, x = ctx.saved_tensors
    return np.outer(grad_output, x), A.T @ grad_output


def matvec_sign_of_x(ctx, grad_output):
    grad_A, grad_x = matvec(ctx, grad_output)
    return grad_A, -grad_x


def matvec_both_wrong(ctx, grad_output):
    grad_A, grad_x = matvec(ctx, grad_output)
    return 2 * grad_A, -grad_x


def matvec_crashes(ctx, grad_output):
    raise ValueError("no idea")


def matvec_noisy(ctx, grad_output):
    import sys
    import warnings

    warnings.warn("careful", stacklevel=1)
    print("debug", file=sys.stderr)
    return matvec(ctx, grad_output)


def measured(f, x, h, method):
    low = 0.0 if method == "forward" else -1.0
    columns = [
        (f(x + h * unit) - f(x + low * h * unit)) / ((1 - low) * h) for unit in np.eye(x.size)
    ]
    return np.array(columns).T


def only_forward(f, x, h=1e-6, method="central"):
    return measured(f, x, h, "forward")


def both_methods(f, x, h=1e-6, method="central"):
    return measured(f, x, h, method)


class Double(Function):
    @staticmethod
    def forward(ctx, x):
        return 2.0 * x

    @staticmethod
    def backward(ctx, grad_output):
        return 2.0 * grad_output

    @staticmethod
    def make_inputs(rng, n=5):
        return (rng.normal(size=n),)


def test_check_says_one_line_and_nothing_on_stderr(capfd):
    fill(MatVec, matvec)
    assert check(MatVec, seed=0) is None
    said = capfd.readouterr()
    assert said.out.startswith("MatVec.backward: right. Tried ")
    assert said.out.count("\n") == 1
    assert said.err == ""


@pytest.mark.parametrize("target", [MatVec, "MatVec", "MatVec.backward"])
def test_an_exercise_goes_by_several_names(target, capsys):
    fill(MatVec, matvec)
    check(target, seed=0)
    assert score(target, {"A": 1}, seed=0) == 1.0
    assert capsys.readouterr().out.count("right") == 2


# (what was written, points reached of {"A": 2, "x": 1}; None where the check fails)
POINTS = [
    ("all of it", matvec, 3.0),
    ("one sign", matvec_sign_of_x, 2.0),
    ("warnings and stderr", matvec_noisy, 3.0),
    ("nothing right", matvec_both_wrong, None),
    ("a crash", matvec_crashes, None),
]


@pytest.mark.parametrize(
    ("implementation", "reached"), [row[1:] for row in POINTS], ids=[row[0] for row in POINTS]
)
def test_partial_credit(capfd, implementation, reached):
    fill(MatVec, implementation)
    if reached is None:
        with pytest.raises(CheckFailed):
            score(MatVec, {"A": 2, "x": 1}, seed=0)
    else:
        points = score(MatVec, {"A": 2, "x": 1}, seed=0)
        assert type(points) is float
        assert points == reached
        # What nbgrader reads is the number as a cell shows it.
        assert repr(points) == f"{reached}"
    assert capfd.readouterr().err == ""


def test_points_may_be_numpy_s_and_still_come_out_as_a_float():
    fill(MatVec, matvec)
    assert type(score(MatVec, {"A": np.float64(2), "x": np.int64(1)}, seed=0)) is float


def test_the_diagnosis_is_printed_before_the_points(capsys):
    fill(MatVec, matvec_sign_of_x)
    score(MatVec, {"A": 2, "x": 1}, seed=0)
    said = capsys.readouterr().out
    assert "grad_x has the wrong sign" in said
    assert said.rstrip().endswith("2 of 3 points: A right.")


def test_full_marks_are_one_line(capsys):
    fill(MatVec, matvec)
    score(MatVec, {"A": 2, "x": 1}, seed=0)
    said = capsys.readouterr().out
    assert said.startswith("MatVec.backward: right, 3 of 3 points.")
    assert said.count("\n") == 1


def test_a_part_that_is_right_beside_one_that_is_not():
    fill(MatVec, matvec_sign_of_x)
    assert score(MatVec, {"A": 2}, seed=0) == 2.0
    with pytest.raises(CheckFailed, match="wrong sign"):
        score(MatVec, {"x": 1}, seed=0)


@pytest.mark.parametrize("points", [{"B": 1}, {"A": 2, "y": 1}, {"grad_A": 1}])
def test_an_unknown_part_is_the_author_s_mistake(points):
    fill(MatVec, matvec)
    with pytest.raises(TypeError, match=r"has no part '\w+'; its parts are A, x"):
        score(MatVec, points, seed=0)


def test_a_plain_function_has_parts_of_its_own(capsys):
    parts = {"forward": 1, "central": 2}
    fill("numerical_jacobian", both_methods)
    assert score("numerical_jacobian", parts, seed=0) == 3.0
    fill("numerical_jacobian", only_forward)
    points = score("numerical_jacobian", parts, seed=0)
    assert (type(points), points) == (float, 1.0)
    assert "numerical_jacobian (central): not right yet." in capsys.readouterr().out
    with pytest.raises(CheckFailed, match="central"):
        check("numerical_jacobian", seed=0)


# ------------------------------------------------------------------ not filled in


@pytest.mark.parametrize("name", list(registry))
def test_what_is_not_filled_in_fails_as_that(name, capfd):
    slot = find(name)
    with pytest.raises(CheckFailed) as failed:
        check(name)
    assert failed.value.report.code == "not-filled-in"
    assert slot.where in str(failed.value)
    parts = (
        slot.target.input_names() if isinstance(slot.target, type) else declaration_of(slot).parts
    )
    with pytest.raises(CheckFailed) as failed:
        score(name, dict.fromkeys(parts, 1))
    assert failed.value.report.code == "not-filled-in"
    assert capfd.readouterr() == ("", "")


def test_a_stub_that_was_run_after_real_work_fails_too(monkeypatch):
    fill(MatVec, matvec)
    monkeypatch.setattr(find(MatVec), "stub_in_notebook", True)
    for ask in (check, lambda target: score(target, {"A": 1})):
        with pytest.raises(CheckFailed, match="still the stub") as failed:
            ask(MatVec)
        assert failed.value.report.code == "not-filled-in"
        assert "saved_answer('MatVec.backward')" in str(failed.value)


def test_an_answer_that_was_refused_says_why(monkeypatch):
    slot = find(MatVec)
    monkeypatch.setattr(slot, "refused", "it uses `helper`, defined in another cell.")
    with pytest.raises(CheckFailed, match="not taken: it uses `helper`"):
        check(MatVec)


# ------------------------------------------------------------------ a Function of one's own


def test_a_function_of_ones_own_is_checked_too(capsys):
    check(Double, seed=0)
    assert capsys.readouterr().out.startswith("Double.backward: right.")


def test_its_inputs_may_be_told(capsys):
    check(Double, make_inputs=lambda rng, k=4: (rng.normal(size=(k, 2)),), seed=0)
    assert "right" in capsys.readouterr().out


def test_its_mistakes_are_named(monkeypatch):
    monkeypatch.setattr(Double, "backward", staticmethod(lambda ctx, grad_output: grad_output))
    with pytest.raises(CheckFailed, match="1/2 times"):
        check(Double, seed=0)


def test_an_exercise_takes_no_inputs_of_ones_own():
    with pytest.raises(TypeError, match="make_inputs can only be given"):
        check(MatVec, make_inputs=lambda rng: ())


@pytest.mark.parametrize("target", ["NoSuchThing", 3, len, None])
def test_what_is_no_exercise_is_told_so(target):
    with pytest.raises(TypeError, match="is no exercise of this course"):
        check(target)


def test_the_learner_s_other_answers_take_no_part():
    def everything_wrong(*args, **kwargs):
        raise AssertionError("the checker asked a learner")

    for name, slot in registry.items():
        if name != "MatVec.backward":
            slot.put(everything_wrong)
    fill(MatVec, matvec)
    check(MatVec, seed=0)
