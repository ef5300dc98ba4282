"""Of what the server tries out before the first job, a job sees nothing."""

from __future__ import annotations

import pytest

REGISTRY = "from course_utils.exercises.registry import registry\n"

# fmt: off
QUESTIONS = [
    ("an exercise", REGISTRY + "'rehearsal' in registry", "False"),
    ("an answer", REGISTRY + "[s.name for s in registry.values() if s.implementation]", "[]"),
    ("a stub", REGISTRY + "[s.name for s in registry.values() if s.stub_in_notebook]", "[]"),
    ("a name", "x = 1\n{'rehearsal', 'np', 'fill_in'} & set(globals())", "set()"),
    ("earlier cells", "x = 1\n(len(In), Out)", "(2, {})"),
    ("a number", "x = 1\nget_ipython().execution_count", "2"),
    ("a figure", "import matplotlib.pyplot as plt\nplt.get_fignums()", "[]"),
]
# fmt: on


@pytest.mark.parametrize(
    ("source", "expected"), [pytest.param(s, e, id=n) for n, s, e in QUESTIONS]
)
def test_nothing_stays_of_it(run, source, expected):
    (shown,), _ = run(source)
    assert shown["data"]["text/plain"] == expected


def test_the_first_cell_tells_of_no_exercise(job):
    reply = job.request({"op": "cell", "source": "x = 1"}, 60)
    assert reply["slots"] == {"times": {}, "filled": [], "stubs": {}}
