"""A class that hands in: notebooks made from the solutions, with the mistakes learners make.

Equal seeds give equal classes, and a longer class begins with the shorter one.
"""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nbformat.notebooknode import NotebookNode
from nbgrader.utils import is_solution

from autograde.authoring import mistakes
from autograde.demonstration import demo_mistakes
from autograde.demonstration.demo import without_markers
from autograde.notebooks.notebook import new_cell, read
from autograde.notebooks.original import grade_id_of

PERFECT, MISTAKEN, UNTOUCHED, CHATTY = "perfect", "mistaken", "untouched", "chatty"

FIRST = (MISTAKEN, PERFECT, UNTOUCHED, CHATTY)
"""How a class begins, so that a few submissions already show every kind."""

SHARES = {MISTAKEN: 55, PERFECT: 20, CHATTY: 20, UNTOUCHED: 5}
"""The rest, in percent: most get something wrong."""

OWN_CELLS = (
    "A = np.arange(12.0).reshape(3, 4)\nprint(A @ A.T)",
    "for k in range(5):\n    print(k, k**2)",
    "# what did I try here?\nabs(-3)",
)
"""What somebody tries out between the exercises."""


@dataclass(frozen=True)
class Submission:
    """One notebook, and how it came about."""

    student: str
    kind: str
    mistakes: tuple[str, ...]
    """The grade_ids of the answers that are wrong, each with the number of the mistake."""
    notebook: NotebookNode


@dataclass(frozen=True)
class Assignment:
    """One notebook of the course as released, and what belongs into it."""

    name: str
    released: NotebookNode
    answers: dict[str, str]
    """The instructor's answers by grade_id, as a student would write them."""
    wrong: dict[str, tuple[str, ...]]
    """The known wrong answers by grade_id."""


def assignment(
    root: Path, name: str, known: Mapping[str, Sequence[str]] | None = None
) -> Assignment:
    """Read an assignment from a course.

    Parameters
    ----------
    root : Path
        The course, with ``solutions/`` and ``notebooks/``.
    name : str
    known : mapping, optional
        Wrong answers by grade_id; without it those of this course's own tables.
    """
    solved = read(root / "solutions" / name / f"{name}.ipynb")
    released = read(root / "notebooks" / name / f"{name}.ipynb")
    answers = {
        grade_id: without_markers(cell.source)
        for cell in solved.cells
        if (grade_id := grade_id_of(cell)) and is_solution(cell)
    }
    if known is None:
        known = of_this_course(root, name, answers)
    return Assignment(name, released, answers, {key: tuple(known[key]) for key in sorted(known)})


def of_this_course(root: Path, name: str, answers: Mapping[str, str]) -> dict[str, list[str]]:
    """Find the mistakes in ``tests/mistakes`` and of the demo that fit an assignment's answers."""
    places = {target: key for key, text in answers.items() if (target := filled_in(text))}
    found: dict[str, list[str]] = {}
    for demo in demo_mistakes.MISTAKES:
        if demo.assignment == name:
            found.setdefault(demo.answer, []).append(demo.source)
    for mistake in mistakes.tables(root):
        place = places.get(filled_in(mistake.source))
        if mistake.table == f"m{name}" and place:
            found.setdefault(place, []).append(mistake.source)
    return found


def filled_in(source: str) -> str:
    """Return what an answer is decorated to fill in, or an empty string."""
    match = re.search(r"^@fill_in\((.+)\)\s*$", source, re.MULTILINE)
    return match[1] if match else ""


def make(given: Assignment, size: int, seed: int = 0) -> Iterator[Submission]:
    """Make the submissions of a class, one after the other."""
    rng = random.Random(seed)
    deck = Deck(given.wrong, rng)
    for number in range(size):
        if number < len(FIRST):
            kind = FIRST[number]
        else:
            (kind,) = rng.choices(list(SHARES), list(SHARES.values()))
        wrong = deck.deal(rng.randint(1, 3)) if kind == MISTAKEN else {}
        texts = {key: source for key, (_, source) in wrong.items()}
        nb = filled(given, texts) if kind != UNTOUCHED else copy.deepcopy(given.released)
        if kind == CHATTY:
            chat(nb, rng)
        labels = tuple(f"{key}/{which}" for key, (which, _) in wrong.items())
        yield Submission(f"s{number:05d}", kind, labels, nb)


class Deck:
    """Deals every known mistake before any comes again."""

    def __init__(self, wrong: Mapping[str, Sequence[str]], rng: random.Random) -> None:
        self.cards = [(key, which, text) for key in wrong for which, text in enumerate(wrong[key])]
        self.rng = rng
        self.left: list[tuple[str, int, str]] = []

    def deal(self, count: int) -> dict[str, tuple[int, str]]:
        """Return up to `count` mistakes in different answers: number and text by grade_id."""
        hand: dict[str, tuple[int, str]] = {}
        for _ in range(count if self.cards else 0):
            if not self.left:
                self.left = self.rng.sample(self.cards, len(self.cards))
            card = next((card for card in self.left if card[0] not in hand), None)
            if card is None:
                break
            self.left.remove(card)
            hand[card[0]] = (card[1], card[2])
        return hand


def filled(given: Assignment, wrong: Mapping[str, str]) -> NotebookNode:
    """Fill in a notebook: with the instructor's answers but where another is given."""
    nb = copy.deepcopy(given.released)
    for cell in nb.cells:
        key = grade_id_of(cell)
        if key in given.answers:
            cell.source = wrong.get(key, given.answers[key])
    return nb


def chat(nb: NotebookNode, rng: random.Random) -> None:
    """Add what people leave behind: a print in an answer cell, and cells of their own."""
    answers = [cell for cell in nb.cells if is_solution(cell) and cell.cell_type == "code"]
    for cell in rng.sample(answers, min(2, len(answers))):
        cell.source += '\n\n\nprint("defined:", __name__)'
    imports = next((k for k, cell in enumerate(nb.cells) if cell.cell_type == "code"), 0)
    for number in range(rng.randint(1, 3)):
        where = rng.randint(imports + 1, len(nb.cells))
        own = new_cell("code", rng.choice(OWN_CELLS))
        own.id = f"own-{number}-{rng.getrandbits(32):08x}"
        nb.cells.insert(where, own)
