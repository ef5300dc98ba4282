"""The trusted derivatives, beside differences taken in extended precision."""

import numpy as np
import pytest

from course_utils.measure import numerical
from course_utils.measure.numerical import jacobian, numerical_vjp, one_sided


def extended(f, x):
    """Differentiate with central differences in long double, refined once."""
    x = np.asarray(x, dtype=np.longdouble)
    fine = np.finfo(np.longdouble).eps < 1e-18
    h = np.longdouble(2) ** (-12 if fine else -9)
    columns = []
    for j in range(x.size):
        unit = np.zeros(x.shape, dtype=np.longdouble)
        unit.flat[j] = 1

        def slope(t, unit=unit):
            return (np.asarray(f(x + t * unit)) - np.asarray(f(x - t * unit))) / (2 * t)

        rough, better, best = slope(h), slope(h / 2), slope(h / 4)
        first, second = (4 * better - rough) / 3, (4 * best - better) / 3
        columns.append(np.asarray((16 * second - first) / 15).ravel())
    shape = np.shape(f(x))
    return np.array(columns, dtype=np.float64).T.reshape(shape + x.shape)


def softmax(x):
    e = np.exp(x - np.max(x.real))
    return e / np.sum(e)


def norm(x):
    return np.sqrt(np.sum(np.abs(x) ** 2))


def loss(x):
    return np.mean((x - 1) ** 2)


A = np.random.default_rng(3).normal(size=(4, 3))
POINT = np.array([0.7, -1.3, 2.1])

# (what it is, the function); a complex step is exact here.
ANALYTIC = [
    ("sin", np.sin),
    ("a chain", lambda x: np.tanh(np.sin(x) ** 2)),
    ("a matrix", lambda x: A[:, :3] @ x),
    ("softmax", softmax),
    ("a loss", loss),
    ("a quotient", lambda x: np.exp(x) / (1 + x**2)),
    ("a mask", lambda x: np.where(x.real > 0, x, 0.1 * x)),
    ("a cumulative sum", lambda x: np.cumsum(x**2)),
]

# (what it is, the function); here a complex step gives other numbers, without a word.
LYING = [
    ("abs", np.abs),
    ("linalg.norm", np.linalg.norm),
    ("var", np.var),
    ("std", np.std),
    ("sign", lambda x: np.sign(x) * x**2),
    ("real", lambda x: np.real(x) ** 2),
    ("abs inside", lambda x: np.sum(np.abs(x) ** 3)),
    ("a distance", lambda x: norm(x - 1)),
    ("conjugate", lambda x: np.real(np.conj(x) * x)),
    ("vdot", lambda x: np.vdot(x, x)),
    ("maximum of parts", lambda x: np.maximum(x.real, 0.1 * x.real)),
    ("half of it cast", lambda x: x.real * x),
]


def cast(x):
    return np.array([float(v) for v in np.real(x)]) ** 2


def cast_with_warning(x):
    return x.astype(np.float64) ** 2


@pytest.mark.parametrize("f", [row[1] for row in ANALYTIC], ids=[row[0] for row in ANALYTIC])
def test_a_complex_step_is_exact(f):
    assert numerical.is_analytic(f, (POINT,), (0,))
    np.testing.assert_allclose(jacobian(f, POINT), extended(f, POINT), rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("f", [row[1] for row in LYING], ids=[row[0] for row in LYING])
def test_where_a_complex_step_lies_it_is_not_believed(f):
    assert not numerical.is_analytic(f, (POINT,), (0,))
    np.testing.assert_allclose(jacobian(f, POINT), extended(f, POINT), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("f", [cast, cast_with_warning])
def test_a_cast_to_float_is_noticed_and_warns_nobody(f):
    np.testing.assert_allclose(jacobian(f, POINT), np.diag(2 * POINT), rtol=1e-8, atol=1e-9)


def only_real(x):
    if np.iscomplexobj(x):
        raise TypeError("real numbers only")
    return np.sin(x)


def sorts(x):
    return np.sort(x) * np.arange(1, x.size + 1)


@pytest.mark.parametrize("f", [only_real, sorts], ids=["refuses complex", "sorts"])
def test_a_forward_with_its_own_ideas(f):
    np.testing.assert_allclose(jacobian(f, POINT), extended(f, POINT), rtol=1e-8, atol=1e-9)


# (x's shape, the function, f(x)'s shape)
SHAPES = [
    ((), np.sin, ()),
    ((), lambda x: x * np.ones(3), (3,)),
    ((3,), np.sum, ()),
    ((3,), np.sin, (3,)),
    ((3,), lambda x: A @ x, (4,)),
    ((3,), lambda x: np.outer(x, x), (3, 3)),
    ((2, 3), np.sum, ()),
    ((2, 3), lambda x: x @ A.T, (2, 4)),
    ((2, 3), lambda x: x.T, (3, 2)),
    ((2, 3), lambda x: x.reshape(-1), (6,)),
    ((2, 3, 4), lambda x: np.sum(x**2, axis=1), (2, 4)),
    ((1, 3), lambda x: x[0], (3,)),
]


@pytest.mark.parametrize(("shape", "f", "out"), SHAPES)
def test_the_shape_of_a_jacobian_is_outputs_first(shape, f, out):
    x = np.random.default_rng(0).normal(size=shape)
    J = jacobian(f, x)
    assert J.shape == out + shape
    assert J.dtype == np.float64
    np.testing.assert_allclose(J, extended(f, x), rtol=1e-10, atol=1e-11)


def test_rows_are_outputs():
    np.testing.assert_allclose(jacobian(lambda x: A @ x, POINT), A, rtol=1e-14)


def test_integers_and_lists_are_taken_as_numbers():
    np.testing.assert_allclose(jacobian(lambda x: x**2, [1, 2]), np.diag([2.0, 4.0]))
    assert jacobian(lambda x: x**3, 2) == pytest.approx(12.0)


def test_the_point_is_not_changed():
    x = POINT.copy()
    jacobian(np.abs, x)
    jacobian(np.sin, x)
    assert x.tobytes() == POINT.tobytes()


def test_complex_points_are_refused():
    with pytest.raises(TypeError, match="x must hold real numbers"):
        jacobian(np.sin, [1j])


# (what it is, forward, shapes of the inputs)
BACKWARDS = [
    ("linear", lambda X, W, b: X @ W + b, [(7, 5), (5, 3), (1, 3)]),
    ("a scalar loss", lambda Y, T: np.mean((Y - T) ** 2), [(4, 2), (4, 2)]),
    ("a product", lambda a, b: a * b, [(3,), (3,)]),
    ("a distance", lambda a, b: np.linalg.norm(a - b), [(3,), (3,)]),
    ("a number", lambda a: a**2, [()]),
]


@pytest.mark.parametrize(
    ("forward", "shapes"), [row[1:] for row in BACKWARDS], ids=[row[0] for row in BACKWARDS]
)
def test_a_numerical_backward_is_upstream_times_jacobian(forward, shapes):
    rng = np.random.default_rng(1)
    inputs = [rng.normal(size=shape) for shape in shapes]
    g = rng.normal(size=np.shape(forward(*inputs)))
    grads = numerical_vjp(forward, inputs, g)
    assert [grad.shape for grad in grads] == shapes
    for k, grad in enumerate(grads):

        def alone(x, k=k):
            return forward(*(x if j == k else y for j, y in enumerate(inputs)))

        J = extended(alone, inputs[k])
        np.testing.assert_allclose(grad, np.tensordot(g, J, axes=g.ndim), rtol=1e-7, atol=1e-8)


# (what it is, function, where, slope towards, slope from)
KINKS = [
    ("relu at 0", lambda x: np.maximum(x, 0), 0.0, 1.0, 0.0),
    ("abs at 0", np.abs, 0.0, 1.0, -1.0),
    ("leaky", lambda x: np.where(x > 2, 3 * x, x + 4), 2.0, 3.0, 1.0),
    ("smooth", np.sin, 0.5, np.cos(0.5), np.cos(0.5)),
    ("curved on both sides", lambda x: np.exp(np.abs(x)), 0.0, 1.0, -1.0),
]


@pytest.mark.parametrize(
    ("f", "x", "right", "left"), [row[1:] for row in KINKS], ids=[row[0] for row in KINKS]
)
def test_one_sided_slopes(f, x, right, left):
    found = one_sided(f, (np.array([x]),), (np.array([1.0]),))
    np.testing.assert_allclose(np.ravel(found), [right, left], atol=1e-6)


def test_differences_tell_how_exact_they_are():
    for f in (np.sin, np.exp, lambda x: x**3):
        found, error = numerical.jvp_by_differences(f, (POINT,), (np.ones(3),))
        right = numerical.jvp(f, (POINT,), (np.ones(3),))
        assert np.all(error < 1e-9)
        assert np.all(np.abs(found - right) <= 10 * error + 1e-13)


def test_a_lost_imaginary_part_is_told():
    assert numerical.jvp(np.abs, (POINT,), (np.ones(3),)) is None
