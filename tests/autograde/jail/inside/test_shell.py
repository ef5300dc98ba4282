"""A cell shows in the jail what it shows in a notebook, however it is written."""

from __future__ import annotations

import re

import pytest

# fmt: off
CELLS = [
    ("its last line", "x = 1\nx + 1", "2"),
    ("nothing after a semicolon", "x = 1\nx + 1;", ""),
    ("nothing but its last line", "1\n2", "2"),
    ("one line", "1 + 1", "2"),
    ("a cell that is indented", "    x = 1\n    x + 1", "2"),
    ("empty lines at the top", "\n\nx = 1\nx + 1", "2"),
    ("a prompt that was copied", "In [1]: x = 1\nIn [2]: x + 1", "2"),
    ("a magic on a line", "x = 1\n%precision 3\nx / 3", "0.333"),
    ("a magic of the cell", "%%capture\nx = 1\nprint(x)", ""),
    ("a magic without a sign", "precision 3", "'%.3f'"),
    ("a magic in a string", 'x = """\n%precision 3\n"""\nlen(x)', "14"),
    ("waiting at the top level", "import asyncio\nawait asyncio.sleep(0, 5)", "5"),
    ("a loop that waits", "async def f():\n    yield 7\n[x async for x in f()]", "[7]"),
    ("what an earlier line did, before what cannot be compiled", "x = 5\nprint(x)\nreturn", "5\n"),
]
# fmt: on


def shown(outputs):
    texts = [each.get("text") or each.get("data", {}).get("text/plain", "") for each in outputs]
    return "".join(texts)


@pytest.mark.parametrize(("source", "expected"), [pytest.param(s, e, id=n) for n, s, e in CELLS])
def test_a_cell_shows(run, source, expected):
    outputs, done = run(source)
    assert shown(outputs) == expected
    assert done == ("return" not in source)


# fmt: off
SEQUENCE = [
    "x = 1\nx + 1",
    "_ + 1\n_ + 2",
    "(_, __, Out[2], In[2], _i2)\n[len(In), sorted(Out), _i]",
    "print(x)\nx = 2\nprint(x);",
    "import sys\nprint('said', file=sys.stderr)\nNone",
    "import warnings\nwarnings.warn('careful')",
    "def f(x):\n    return 1 / x",
    "print('before')\nf(0)",
    "for k in range(2):\n    print(k)\n    k",
    "x = 5\nprint(x)\nreturn",
    "x = 6\nx ===",
    "class Odd(Exception):\n    pass\nraise Odd('why')",
    "print('going')\nsys.exit(3)",
    "import asyncio\nawait asyncio.sleep(0, 5)",
    "from IPython.display import display, Markdown\ndisplay(Markdown('*a*'), 3)\ndisplay(4)",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.figure()\nplt.plot([2, 1])",
    "ip = get_ipython()\nsaid = lambda *a: print('event', ip.execution_count)\n"
    "ip.events.register('pre_run_cell', said)\nip.events.register('post_execute', said)",
    "x = 1\nx",
    "1 / 0\nprint('not this')",
    "print(ip.last_execution_succeeded, ip.last_execution_result.success)\nip.execution_count",
    "from __future__ import annotations\ndef g(x: nothing) -> nowhere:\n    return x\ng(1)",
    "def g(x: nothing):\n    return x\ng(__name__)",
    "(\n1)\n# a comment at the end",
    "# nothing but\n# comments",
    "'a text'\n\'\'\'another\'\'\'",
]
# fmt: on


def test_a_plain_cell_runs_as_every_other(a_jail):
    """IPython's own way is taken by all cells once something may change what they are."""
    shown = []
    for first in (
        "import ast\nNone",
        "import ast\nget_ipython().ast_transformers.append(ast.NodeTransformer())",
    ):
        with a_jail.job() as job:
            job.request({"op": "cell", "source": first}, 60)
            replies = [job.request({"op": "cell", "source": each}, 60) for each in SEQUENCE]
            assert job.request({"op": "cell", "source": "ip.ast_transformers"}, 60)["outputs"]
        shown.append([(each["outputs"], each["done"]) for each in replies])
    plain, usual = shown
    for source, one, other in zip(SEQUENCE, plain, usual, strict=True):
        assert as_text(one) == as_text(other), source


def as_text(reply):
    """Addresses in memory are others in every process."""
    return re.sub(r"0x[0-9a-f]+", "0x", repr(reply))


def test_of_a_cell_only_its_definitions(job):
    source = "x = 1\nprint(x)\nimport math\ndef f():\n    return 1 / 0\nf()"
    reply = job.request({"op": "cell", "source": source, "definitions": True}, 60)
    assert (reply["outputs"], reply["done"]) == ([], True)
    (error,) = job.request({"op": "cell", "source": "f()"}, 60)["outputs"]
    text = re.sub(r"\x1b\[[\d;]*m", "", "".join(error["traceback"]))
    assert "----> 5     return 1 / 0" in text
    (error,) = job.request({"op": "cell", "source": "math.pi + x"}, 60)["outputs"]
    assert error["ename"] == "NameError"
