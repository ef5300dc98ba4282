"""Plausible mistakes in notebook 01, and the code by which the checker must name each."""

from __future__ import annotations

from textwrap import dedent

_SHAPE = [
    (
        "inputs first, as the notes write it",
        "return (n, m)",
        "transpose",
    ),
    (
        "the number of outputs twice",
        "return (m, m)",
        "wrong-input",
    ),
    (
        "the number of entries instead of the shape",
        "return m * n",
        "shape",
    ),
    (
        "floats",
        "return (m / 1, n / 1)",
        "type",
    ),
    (
        "a third axis that is not there",
        "return (m, n, 1)",
        "shape",
    ),
    (
        "printed instead of returned",
        "print((m, n))",
        "type",
    ),
    (
        "the shape of the example, typed in",
        "return (3, 2)",
        "hardcoded",
    ),
]

_BY_X = [
    (
        "the transposed Jacobian",
        "return A.T",
        "transpose",
    ),
    (
        "the table read row by row into the other shape",
        "return A.reshape(A.shape[1], A.shape[0])",
        "shape",
    ),
    (
        "the output itself, not its derivative",
        "return A @ x",
        "shape",
    ),
    (
        "x_j kept although it was differentiated away",
        "return A * x",
        "missing-local",
    ),
    (
        "the derivative of A with respect to x, which is zero",
        "return np.zeros_like(A)",
        "zero",
    ),
    (
        "m and n exchanged, so the loops run out of the table",
        """
        n, m = A.shape
        J = np.zeros((m, n))
        for i in range(m):
            for j in range(n):
                J[i, j] = A[i, j]
        return J
        """,
        "crash",
    ),
    (
        "only the diagonal is filled",
        """
        m, n = A.shape
        J = np.zeros((m, n))
        for i in range(min(m, n)):
            J[i, i] = A[i, i]
        return J
        """,
        "entries",
    ),
]

_BY_A = [
    (
        "the delta forgotten: x in every row of every slice",
        """
        m, n = A.shape
        T = np.zeros((m, m, n))
        for i in range(m):
            for j in range(m):
                T[i, j, :] = x
        return T
        """,
        "entries",
    ),
    (
        "only the first slice, because return stands inside the loop",
        """
        m, n = A.shape
        T = np.zeros((m, m, n))
        for i in range(m):
            T[i, i, :] = x
            return T
        """,
        "entries",
    ),
    (
        "the row of A in place of x",
        """
        m, n = A.shape
        T = np.zeros((m, m, n))
        for i in range(m):
            T[i, i, :] = A[i, :]
        return T
        """,
        "wrong-input",
    ),
    (
        "ones in place of x",
        """
        m, n = A.shape
        T = np.zeros((m, m, n))
        for i in range(m):
            T[i, i, :] = 1.0
        return T
        """,
        "missing-local",
    ),
    (
        "the output's axis last",
        """
        m, n = A.shape
        T = np.zeros((m, n, m))
        for i in range(m):
            T[i, :, i] = x
        return T
        """,
        "transpose",
    ),
    (
        "already flattened to a matrix",
        "return np.kron(np.eye(A.shape[0]), x[None, :])",
        "shape",
    ),
    (
        "the derivative of A with respect to A, with x nowhere",
        """
        m, n = A.shape
        T = np.zeros((m, n, m, n))
        for j in range(m):
            for k in range(n):
                T[j, k, j, k] = 1.0
        return T
        """,
        "shape",
    ),
    (
        "x indexed by the row",
        """
        m, n = A.shape
        T = np.zeros((m, m, n))
        for i in range(m):
            for k in range(n):
                T[i, i, k] = x[i]
        return T
        """,
        "transpose",
    ),
]

_LAYOUT = [
    (
        "left as it is",
        "return J",
        "transpose",
    ),
    (
        "reshape in place of a transpose",
        "return J.reshape(J.shape[1], J.shape[0])",
        "reshape",
    ),
    (
        "reshape column by column",
        'return J.reshape((J.shape[1], J.shape[0]), order="F")',
        "reshape",
    ),
    (
        "the row vectors are turned upside down, not the table",
        "return J[:, ::-1].T",
        "wrong-axis",
    ),
    (
        "indices not exchanged, so the loops run out of the table",
        """
        m, n = J.shape
        D = np.zeros((n, m))
        for i in range(m):
            for j in range(n):
                D[i, j] = J[i, j]
        return D
        """,
        "transpose",
    ),
    (
        "the pseudo-inverse, which also turns the table",
        "return np.linalg.pinv(J)",
        "wrong-local",
    ),
]

_FLATTEN = [
    (
        "the order is ignored: always row after row",
        "return T.reshape(T.shape[0], -1)",
        "reshape",
    ),
    (
        "the order is ignored: always column after column",
        "return T.transpose(0, 2, 1).reshape(T.shape[0], -1)",
        "reshape",
    ),
    (
        "the two orders exchanged",
        'return T.reshape((T.shape[0], -1), order="F" if order == "C" else "C")',
        "reshape",
    ),
    (
        "one column for each output",
        "return T.reshape((T.shape[0], -1), order=order).T",
        "transpose",
    ),
    (
        "flattened completely",
        "return T.flatten(order)",
        "shape",
    ),
    (
        "n in place of m when counting positions",
        """
        m, n = T.shape[1:]
        J = np.zeros((m, m * n))
        for i in range(m):
            for j in range(m):
                for k in range(n):
                    J[i, j * m + k if order == "C" else k * n + j] = T[i, j, k]
        return J
        """,
        "crash",
    ),
]

_CONTRACT = [
    (
        "summed over the row of A in place of the output, which is what @ does",
        "return grad_y @ T",
        "wrong-axis",
    ),
    (
        "the upstream gradient left out",
        "return T.sum(axis=0)",
        "no-upstream",
    ),
    (
        "the upstream gradient summed on its own",
        "return grad_y.sum() * T.sum(axis=0)",
        "upstream-misused",
    ),
    (
        "a mean in place of the sum",
        'return np.einsum("i,ijk->jk", grad_y, T) / len(grad_y)',
        "factor:1/m",
    ),
    (
        "the result transposed",
        'return np.einsum("i,ijk->kj", grad_y, T)',
        "transpose",
    ),
    (
        "only the last output counts, because = stands for +=",
        """
        m, n = T.shape[1:]
        grad_A = np.zeros((m, n))
        for i in range(m):
            grad_A = grad_y[i] * T[i]
        return grad_A
        """,
        "missing-term",
    ),
    (
        "not summed at all",
        "return grad_y[:, None, None] * T",
        "shape",
    ),
    (
        "axes that do not line up",
        "return grad_y * T",
        "crash",
    ),
]

_EXERCISES = [
    ("jacobian_shape", "n, m", _SHAPE),
    ("matvec_jacobian_x", "A, x", _BY_X),
    ("matvec_jacobian_A", "A, x", _BY_A),
    ("to_denominator_layout", "J", _LAYOUT),
    ("flatten_jacobian", "T, order", _FLATTEN),
    ("contract", "grad_y, T", _CONTRACT),
]


def _cell(name: str, parameters: str, body: str) -> str:
    lines = dedent(body).strip().splitlines()
    indented = "".join(f"    {line}\n" for line in lines)
    return f"@fill_in({name})\ndef {name}({parameters}):\n{indented}"


MISTAKES: list[tuple[str, str, str, str]] = [
    (name, words, _cell(name, parameters, body), code)
    for name, parameters, rows in _EXERCISES
    for words, body, code in rows
]
