from __future__ import annotations

import pytest

from autograde.release.preprocessors import RequireMarkers

TABLE = [
    (
        "double",
        lambda c: c.update(source="def double(x):\n    return 2 * x"),
        "'double' has no '###",
    ),
    ("double", lambda c: c.update(source=c.source.replace("END", "")), "'double' has no '###"),
    ("why", lambda c: c.update(source="Because."), "'why' has no '### BEGIN SOLUTION'"),
    ("double-test", lambda c: c.metadata.nbgrader.pop("points"), "'double-test' has no points"),
    ("why", lambda c: c.metadata.nbgrader.update(points=0), "'why' has no points"),
]


@pytest.mark.parametrize(("name", "damage", "said"), TABLE)
def test_faulty_cells_are_named(source, resources, find, name, damage, said):
    damage(find(source, name))
    with pytest.raises(ValueError, match=said):
        RequireMarkers().preprocess(source, resources)


def test_the_answers_are_remembered_for_the_leak_check(source, resources):
    _, after = RequireMarkers().preprocess(source, resources)
    assert "math.sqrt(4.0) + math.cos(0.0) - 1.0" in after["solution_fragments"]
