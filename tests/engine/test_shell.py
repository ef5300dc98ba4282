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


def test_of_a_cell_only_its_definitions(job):
    source = "x = 1\nprint(x)\nimport math\ndef f():\n    return 1 / 0\nf()"
    reply = job.request({"op": "cell", "source": source, "definitions": True}, 60)
    assert (reply["outputs"], reply["done"]) == ([], True)
    (error,) = job.request({"op": "cell", "source": "f()"}, 60)["outputs"]
    text = re.sub(r"\x1b\[[\d;]*m", "", "".join(error["traceback"]))
    assert "----> 5     return 1 / 0" in text
    (error,) = job.request({"op": "cell", "source": "math.pi + x"}, 60)["outputs"]
    assert error["ename"] == "NameError"
