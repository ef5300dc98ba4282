"""What does for an exercise that is not filled in is no answer to it, wherever it is computed."""

from __future__ import annotations

from functools import partial

import pytest

from autograde.judging import judge
from course_utils.exercises.registry import registry
from tests.autograde.jails import a_jail, connection, job

__all__ = ["a_jail", "connection", "job"]  # fixtures

TAKING = {  # how a cell may get at it; `slot` is the exercise
    "the function itself": "slot.put(checks.stand_in_of(slot).compute)",
    "the empty slot": """
def answer(*args, **keywords):
    own, slot.implementation = slot.implementation, None
    try:
        return slot(*args, **keywords)
    finally:
        slot.implementation = own
slot.put(answer)
""",
    "a question to the judge about something else first": """
from inside import asking
def answer(*args, **keywords):
    asking._ask({'ask': 'fault', 'name': slot.name, 'times': 99}, (), {})
    return asking._ask({'ask': 'computed', 'name': slot.name}, args, keywords)
slot.put(answer)
""",
    "a question to the judge": """
from inside import asking
slot.put(lambda *args: asking._ask({'ask': 'computed', 'name': slot.name}, args, {}))
""",
}


@pytest.mark.parametrize("how", TAKING)
@pytest.mark.parametrize("name", list(registry))
def test_a_stand_in_is_no_answer(connection, monkeypatch, name, how):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    connection.aside = partial(judge.aside, connection)
    start = (
        "import course_utils\nfrom course_utils import checks\n"
        "from course_utils.exercises.registry import registry\n"
        f"slot = registry[{name!r}]"
    )
    for source in (start, TAKING[how]):
        connection.run({"op": "cell", "source": source}, 60)
    judged = judge.run(f"check({name!r})", {}, connection, seed=3)
    assert judged.verdict in ("wrong", "error"), judged.outputs
