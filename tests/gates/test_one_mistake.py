"""One mistake costs once: each exercise is made wrong in turn, and nothing else suffers.

What depends on an exercise is looked up by its name: the answers and the given cells that name it,
in its own notebook and in later ones. There it is as if it had been saved, and its test is far.
Given cells are run for a few exercises alone, and no figures: the others take minutes.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from functools import cache

import pytest
from nbgrader.utils import is_grade, is_solution

import course_utils
from autograde.authoring.mistakes import tables
from autograde.demonstration.demo import without_markers
from autograde.judging.session import Session, trusted_names
from autograde.judging.suspicion import dotted_in, filled_by, names_in, nodes_of, parsed
from autograde.notebooks.notebook import read
from autograde.speed.cell_dependencies import Cell, with_what_they_use
from course_utils.exercises.registry import Exercise, find
from tests.autograde.jails import a_jail
from tests.gates.solved import SOLUTIONS

__all__ = ["a_jail"]  # a fixture

MISTAKES = {find(each.exercise): each.source for each in reversed(tables())}
"""The first mistake of each exercise."""


WITH_CELLS = [
    *map(find, ("chain_rule", "gradient_of_chain", "linear_backward_loops", "largest_rate")),
    find("nn.Sequential.backward"),
]
"""The exercises that are also looked at through the given cells."""


@dataclass(frozen=True)
class Step:
    """A cell of a notebook: an answer to an exercise, its test, or a given one."""

    place: str
    source: str
    answers: Exercise | None = None
    tests: Exercise | None = None
    points: float = 0.0

    def names(self, slot: Exercise) -> bool:
        """Whether it names an exercise: ``Sine``, ``nn.Linear``, ``network.zero_grad``."""
        is_method = slot.name.startswith("nn.")
        wanted = {slot.name.removesuffix(".backward"), *([slot.entry] if is_method else [])}
        return not wanted.isdisjoint(words_of(self.source))

    def is_left_out(self, slot: Exercise) -> bool:
        """Whether it is one of the given cells that take too long for every day."""
        return slot not in WITH_CELLS or "show" in words_of(self.source)


@cache
def words_of(source: str) -> frozenset[str]:
    """Return the names that a cell looks up, dotted ones as a whole too."""
    nodes = nodes_of(parsed(source))
    return frozenset([*names_in(nodes), *dotted_in(nodes)])


@cache
def solved(notebook: str) -> tuple[Step, ...]:
    """Return the code cells of a solution, as a student would write them."""
    found, last = [], None
    for cell in read(SOLUTIONS[notebook]).cells:
        if cell.cell_type != "code":
            continue
        if is_solution(cell):
            source = without_markers(cell.source)
            (last,) = filled_by(nodes_of(parsed(source)))
            found.append(Step(cell.id, source, answers=last))
        elif is_grade(cell):
            points = cell.metadata.nbgrader.points
            found.append(Step(cell.id, cell.source, tests=last, points=points))
        else:
            found.append(Step(cell.id, cell.source))
    return tuple(found)


def with_a_mistake(notebook: str, slot: Exercise) -> list[Step]:
    """Return what of a notebook has to do with an exercise, whose answer is wrong."""
    steps = [
        Step(each.place, MISTAKES[slot], slot) if each.answers is slot else each
        for each in solved(notebook)
    ]
    if notebook != slot.notebook:
        used = sorted(words_of(MISTAKES[slot]) & {*course_utils.__all__})
        imports = f"import numpy as np\nfrom course_utils import {', '.join(used)}\n\n"
        steps.insert(0, Step("saved", imports + MISTAKES[slot], slot))
    depend = {each.answers for each in steps if each.answers and each.names(slot)}
    wanted = {
        place
        for place, each in enumerate(steps)
        if (each.answers or each.tests) in depend
        or (not each.answers and not each.is_left_out(slot) and each.names(slot))
    }
    if not any(not steps[place].answers for place in wanted):
        return []
    cells = [
        Cell(s.source, not s.answers and not s.tests, bool(s.tests), bool(s.answers)) for s in steps
    ]
    plan = with_what_they_use(cells, wanted)
    return [steps[place] for place in sorted(plan.whole | plan.definitions)]


def lost(steps: list[Step], jail) -> list[str]:
    """Run some cells; where points were lost or an error is shown."""
    found = []
    trusted = trusted_names([each.source for each in steps])
    with closing(Session(jail)) as session:
        for each in steps:
            if each.tests:
                judged = session.judge(each.source, trusted, seed=4)
                results = [o["data"]["text/plain"] for o in judged.outputs if "data" in o]
                reached = float(results[0]) if results else each.points
                if judged.verdict != "passed" or reached != each.points:
                    found.append(each.tests.name)
            else:
                outputs = session.run(each.source)
                found += [f"{each.place}: {o['evalue']}" for o in outputs if "ename" in o]
    return found


@pytest.mark.parametrize("slot", MISTAKES, ids=lambda slot: slot.name)
def test_a_mistake_costs_its_own_points_alone(a_jail, slot):
    assert lost(with_a_mistake(slot.notebook, slot), a_jail) == [slot.name]
    for notebook in SOLUTIONS:
        if notebook > slot.notebook:
            assert lost(with_a_mistake(notebook, slot), a_jail) == [], notebook


def test_what_depends_on_an_exercise_is_found():
    found = [
        (notebook, slot.number, *(each.tests.number for each in steps if each.tests))
        for slot in MISTAKES
        for notebook in SOLUTIONS
        if notebook >= slot.notebook and (steps := with_a_mistake(notebook, slot))
    ]
    assert {(slot.notebook, slot.number) for slot in MISTAKES} <= {row[:2] for row in found}
    for notebook, *numbers in [
        ("02_chain_rule", "2.2", "2.2", "2.6", "2.7"),
        ("03_one_sample", "3.1", "3.1", "3.5"),
        ("06_whole_cost", "6.1", "6.1", "6.2"),
        ("08_capstone", "8.1", "8.1", "8.2"),
        ("07_networks", "7.6", "7.6", "7.9"),
        ("08_capstone", "7.6", "8.5"),
    ]:
        assert any(row[0] == notebook and {*numbers} <= {*row[1:]} for row in found), numbers
