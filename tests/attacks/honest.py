"""Unusual submissions that are right: they keep all their points."""

# ruff: noqa: E501  (tables, one case a line)

from __future__ import annotations

import base64
from typing import Any

from nbformat.v4 import new_code_cell, new_markdown_cell

from tests.attacks.rows import LINEAR, RIGHT, SINE, TWICE, Row, right


def fine(name: str, first: str = "", **more: Any) -> Row:
    """Return a row with full points; `sine`, `linear` and `twice` are answers of its own."""
    answers = {key: more.pop(key) for key in ("sine", "linear", "twice") if key in more}
    return right(name, first, answers=answers, **more)


def s(body: str, before: str = "") -> str:
    return before + SINE.format(body.replace("\n", "\n    "))


def w(body: str, before: str = "") -> str:
    return before + LINEAR.format(body.replace("\n", "\n    "))


def t(body: str, before: str = "") -> str:
    return before + TWICE.format(body.replace("\n", "\n    "))


def picture(nb, find):
    dot = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(50)).decode()
    cell = new_markdown_cell("# Mine\n\n![dot](attachment:dot.png)\n\n$x^2$", id="mine")
    cell.attachments = {"dot.png": {"image/png": dot}}
    nb.cells.insert(3, cell)


def reordered(nb, find):
    nb.cells.insert(
        1, new_code_cell("print(constant if 'constant' in dir() else 'not yet')", id="b")
    )
    nb.cells.insert(4, new_code_cell("constant = 1.0", id="a"))
    twice, test = find("twice"), find("twice-test")
    nb.cells = [cell for cell in nb.cells if cell is not twice and cell is not test]
    nb.cells[5:5] = [twice, test]


def split(nb, find):
    at = nb.cells.index(find("twice"))
    nb.cells.insert(at, new_code_cell("def double(x):\n    return x + x", id="helper"))


# fmt: off
HONEST: list[Row] = [
    fine("as in the lecture", files={"notes.txt": b"@SUBMISSION@"}),
    fine("prints in an answer", sine=s("print('x is', x.shape, x)\nreturn grad_output * np.cos(x)")),
    fine("warnings in an answer", sine=s("np.log(np.zeros(1))\nnp.zeros(1) / 0\nimport warnings\nwarnings.warn('old', DeprecationWarning)\nreturn grad_output * np.cos(x)")),
    fine("warnings in a cell", "import warnings\nwarnings.warn('careful')\nnp.log(0.0)\nnp.float64(1) / 0"),
    fine("text on stderr", "import sys\nprint('careful', file=sys.stderr)", twice=t("import sys\nprint('careful', file=sys.stderr)\nreturn 2.0 * x")),
    fine("logging", "import logging\nlogging.basicConfig(level=logging.DEBUG)\nlogging.debug('here')", twice=t("import logging\nlogging.warning('here')\nreturn 2.0 * x")),
    fine("a plot in an answer cell", twice=t("return 2.0 * x") + "\nimport matplotlib.pyplot as plt\nplt.plot(np.arange(3.0), twice(np.arange(3.0)))\nplt.title('mine')\nplt.show()", shown=("data:image/png;base64,",)),
    fine("a plot in every call", sine=s("import matplotlib.pyplot as plt\nplt.close('all')\nplt.figure()\nreturn grad_output * np.cos(x)")),
    fine("float32 inside", sine=s("return (grad_output * np.cos(x.astype(np.float32))).astype(np.float64)")),
    fine("a helper in a cell of its own", change=split, twice=t("return double(x)")),
    fine("a helper in the same cell", sine=s("return grad_output * slope(x)", "def slope(x):\n    return np.cos(x)\n\n")),
    fine("a class that helps", linear=w("layer = Layer(W)\nreturn layer.back(grad_output), X.T @ grad_output, np.ones((1, len(X))) @ grad_output", "class Layer:\n    def __init__(self, W):\n        self.W = W\n\n    def back(self, G):\n        return G @ self.W.T\n\n")),
    fine("slow", twice=t("import time\ntime.sleep(0.3)\nreturn 2.0 * x")),
    fine("a lambda", twice="twice = lambda x: 2.0 * x"),
    fine("a partial function", twice="from functools import partial\ntwice = partial(np.multiply, 2.0)"),
    fine("a function of NumPy's", twice="twice = np.vectorize(lambda each: 2.0 * each)"),
    fine("a method", twice="class Scale:\n    def __init__(self, factor):\n        self.factor = factor\n\n    def __call__(self, x):\n        return self.factor * x\n\n\ntwice = Scale(2.0)"),
    fine("a decorator", twice="import functools\n\n\ndef logged(f):\n    @functools.wraps(f)\n    def wrapper(*args, **kwargs):\n        return f(*args, **kwargs)\n    return wrapper\n\n\n@logged\ndef twice(x):\n    return 2.0 * x"),
    fine("a cache", twice="import functools\n\n\n@functools.lru_cache\ndef factor():\n    return 2.0\n\n\ndef twice(x):\n    return factor() * x"),
    fine("type annotations", twice="from __future__ import annotations\n\nfrom numpy.typing import NDArray\n\n\ndef twice(x: NDArray[np.float64]) -> NDArray[np.float64]:\n    return 2.0 * x"),
    fine("imports inside", sine=s("import numpy as anything\nfrom math import cos\nreturn anything.array([g * cos(each) for g, each in zip(grad_output, x)])")),
    fine("an own name for NumPy", "import numpy\nimport numpy as xp", twice=t("return xp.multiply(2, x)"), sine=s("return grad_output * xp.cos(x)")),
    fine("einsum", linear=w("return np.einsum('ij,kj->ik', grad_output, W), np.einsum('ki,kj->ij', X, grad_output), np.einsum('ij->j', grad_output)[None, :]")),
    fine("loops", linear=w("dX, dW, db = np.zeros(X.shape), np.zeros(W.shape), np.zeros(b.shape)\nfor i in range(len(X)):\n    for j in range(W.shape[1]):\n        db[0, j] += grad_output[i, j]\n        for k in range(len(W)):\n            dX[i, k] += grad_output[i, j] * W[k, j]\n            dW[k, j] += X[i, k] * grad_output[i, j]\nreturn dX, dW, db")),
    fine("outer products, summed", linear=w("dW = sum(np.outer(each, g) for each, g in zip(X, grad_output))\nreturn np.dot(grad_output, np.transpose(W)), dW, np.sum(grad_output, axis=0).reshape(b.shape)")),
    fine("lists of arrays", linear=w("return [np.array([g @ W.T for g in grad_output]), np.array([X[:, i] @ grad_output for i in range(X.shape[1])]), np.vstack([grad_output.sum(axis=0)])]")),
    fine("a matrix class", linear=w("G = np.matrix(grad_output)\nreturn np.asarray(G * np.matrix(W).T), np.asarray(np.matrix(X).T * G), np.asarray(G.sum(axis=0))")),
    fine("results in Fortran's order", linear=w("return np.asfortranarray(grad_output @ W.T), np.asfortranarray(X.T @ grad_output), np.asfortranarray(grad_output.sum(0, keepdims=True))")),
    fine("views with strides", sine=s("room = np.zeros(2 * x.size)\nroom[::2] = grad_output * np.cos(x)\nreturn room[::2]"), twice=t("return (2.0 * x[::-1])[::-1]")),
    fine("a broadcast view", linear=w("db = np.broadcast_to(grad_output.sum(0), b.shape)\nreturn grad_output @ W.T, (grad_output.T @ X).T, db")),
    fine("a tuple of one", sine=s("return (grad_output * np.cos(x),)")),
    fine("a list of numbers", sine=s("return [float(g) * float(np.cos(each)) for g, each in zip(grad_output, x)]")),
    fine("long doubles", twice=t("return (np.longdouble(2) * x)"), sine=s("return grad_output.astype(np.longdouble) * np.cos(x)")),
    fine("scipy-free tricks", waits=("sine-test",), sine=s("return np.real(grad_output * (np.exp(1j * x) + np.exp(-1j * x)) / 2)")),
    fine("magics", "%matplotlib inline\n%config InlineBackend.figure_format = 'png'\n%load_ext autoreload\n%autoreload 2"),
    fine("timing", "%%time\nx = 1", twice="%%time\n" + t("return 2.0 * x")),
    fine("help", "np.cos?\nhelp(np.cos)\n?np.sin"),
    fine("texts and pictures", change=picture, shown=("data:image/png;base64,",)),
    fine("names in other letters", sine=s("π = np.pi\nΔ, 梯度 = grad_output, np.sin(x + π / 2)\nreturn Δ * 梯度"), twice=t("größe = 2.0\nreturn größe * x")),
    fine("a constant of the notebook", "factor = 2.0", twice=t("return factor * x")),
    fine("a global variable that counts", "calls = 0", twice=t("global calls\ncalls += 1\nreturn 2.0 * x")),
    fine("a very long cell", twice="\n".join(f"unused_{n} = {n}" for n in range(3000)) + "\n" + t("return 2.0 * x")),
    fine("cells in another order", change=reordered),
    fine("an attribute of the context", sine=s("ctx.slope = np.cos(ctx.saved_tensors[0])\nreturn grad_output * ctx.slope")),
    fine("threads", twice=t("from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(4) as pool:\n    return np.array(list(pool.map(lambda each: 2.0 * each, x)))")),
    fine("chance that plays no part", "import random\nrandom.seed(1)\nrng = np.random.default_rng(0)", twice=t("import random\nrandom.random()\nnp.random.rand()\nreturn 2.0 * x")),
    fine("errors in a cell of its own", "1 / 0"),
    fine("an unfinished cell of its own", "def f(:"),
    fine("files of its own", "open('notes.txt', 'w').write('hello')\nnp.save('a.npy', np.ones(3))", twice=t("np.load('a.npy')\nreturn 2.0 * x")),
    fine("tests of its own", "import unittest\nclass T(unittest.TestCase):\n    def test(self): self.assertEqual(1, 1)\nunittest.main(argv=[''], exit=False)"),
    fine("a check of its own", sine=s("return grad_output * np.cos(x)") + "\ncheck(Sine)\nscore(Linear, {'X': 1})"),
    fine("asserts inside", linear=w("assert grad_output.shape == (X.shape[0], W.shape[1])\nassert b.shape[0] == 1\nreturn grad_output @ W.T, X.T @ grad_output, grad_output.sum(0, keepdims=True)")),
    fine("a mistake first, mended below", sine=s("return grad_output") + "\n\n" + s("return grad_output * np.cos(x)")),
    fine("asynchronous", "import asyncio\nawait asyncio.sleep(0)\nasync def f(): return 1\nawait f()"),
    fine("pandas is not there", "try:\n    import pandas\nexcept ImportError:\n    pandas = None"),
    fine("print options", "np.set_printoptions(precision=2)\nnp.seterr(all='ignore')"),
    fine("errors raised by NumPy", "np.seterr(all='raise')"),
    fine("an answer of whole numbers, made floats", twice=t("return (x * 2).astype(float)")),
    fine("trailing spaces", sine=RIGHT["sine"] + "\n\n\n   \n"),
]
# fmt: on
