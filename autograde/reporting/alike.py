"""Whose answers are alike, for a person to look at: no proof of anything.

Of an answer remain its tokens: without comments, the released lines, and the names that it gives
itself. Compared are sequences of four. Those that more students share than would copy from each
other are left out: a right answer is much the same for everybody.
"""

import ast
import re
import textwrap
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from autograde.reporting.entries import Group

LENGTH = 4
"""Tokens in a sequence."""
FEWEST = 30
"""So many sequences must be left of both."""
ALIKE = 0.8
"""The share of sequences in common, of those in either."""


@dataclass(frozen=True)
class Pair:
    """Two students and the share of what they have in common; 1 is all of it."""

    one: str
    other: str
    share: float


def most_shared(students: int) -> int:
    """Return by how many students a sequence may be shared that counts."""
    return max(3, students // 10)


def alike(group: Group) -> list[Pair]:
    """Return the pairs whose answers to the whole assignment are the same or nearly so."""
    written = {student: set(_sequences(group, cells)) for student, cells in group.answers.items()}
    shared = Counter(each for sequences in written.values() for each in sequences)
    most = most_shared(len(written))
    rare = {
        student: {each for each in sequences if shared[each] <= most}
        for student, sequences in written.items()
    }
    long = {student: found for student, found in rare.items() if len(found) >= FEWEST}
    pairs = [
        Pair(one, other, len(long[one] & long[other]) / len(long[one] | long[other]))
        for one, other in combinations(sorted(long), 2)
    ]
    found = [pair for pair in pairs if pair.share >= ALIKE]
    return sorted(found, key=lambda pair: (-pair.share, pair.one, pair.other))


def _sequences(group: Group, cells: dict[str, str]) -> Iterator[tuple[str, ...]]:
    """Yield the sequences of all answers; each begins with the cell that it is in."""
    for question in group.questions:
        for name, stub in question.stubs.items():
            text = _without(stub, cells.get(name, ""))
            tokens = words(text) if question.by_hand else code_tokens(text)
            for start in range(len(tokens) - LENGTH + 1):
                yield (name, *tokens[start : start + LENGTH])


def _without(stub: str, text: str) -> str:
    """Return a text without the lines that were given; names stay for what follows."""
    given = {line.strip() for line in stub.splitlines()}
    return "\n".join(line for line in text.splitlines() if line.strip() not in given)


def words(text: str) -> list[str]:
    """Return the words and signs of a text."""
    return re.findall(r"\w+|[^\w\s]", text.lower())


def code_tokens(text: str) -> list[str]:
    """Return the names and signs of code; every name that it gives itself is the same."""
    own = set(_own_names(text))
    found = re.findall(r"\w+|[^\w\s]", re.sub(r"#.*", "", text))
    return ["_" if each in own else each for each in found]


def _own_names(text: str) -> list[str]:
    """Return the names that a piece of code assigns, also where it is no whole program."""
    try:
        tree = ast.parse(textwrap.dedent(text))
    except (SyntaxError, ValueError, RecursionError):
        return re.findall(r"(\w+) *=(?!=)", text)
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    return [
        *(node.id for node in names if isinstance(node.ctx, ast.Store)),
        *(node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)),
    ]
