"""Which cells of a notebook have to be run: a static look at the names that they bind and use.

Most cells of a notebook are given: figures, examples, derivations with numbers. No test depends on
them, and most of them show everybody the same. For scores alone only what tests and answers need is
run; for feedback also what an answer can have changed, and the rest shows what it showed in one
clean run. Of a figure's cell that also defines a function, the definitions are enough for whoever
uses the function.
"""

import ast
import builtins
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from autograde.jail.inside.definitions import OnlyDefinitions
from autograde.notebooks.names import Names, names_of

BUILTINS = frozenset(dir(builtins))


@dataclass(frozen=True)
class Cell:
    """One code cell.

    Attributes
    ----------
    source : str
    given : bool
        Whether it is as it was released, and neither an answer nor a test.
    test : bool
        A test runs by itself, and changes nothing for the cells after it.
    answer : bool
        What an answer defines under a name that was imported goes into the package, and the name
        stands for the package's function as before.
    """

    source: str
    given: bool
    test: bool = False
    answer: bool = False


@dataclass(frozen=True)
class Plan:
    """What is to be run, as indices of cells.

    Attributes
    ----------
    whole : frozenset of int
    definitions : frozenset of int
        Cells of which only the imports, functions and classes are needed.
    """

    whole: frozenset[int]
    definitions: frozenset[int] = frozenset()

    def __iter__(self) -> Iterator[tuple[int, bool]]:
        """Each cell in order, and whether only its definitions are to be run."""
        for i in sorted(self.whole | self.definitions):
            yield i, i in self.definitions


def needed(cells: Sequence[Cell]) -> Plan:
    """Return the cells that are not as given, and those that they depend on."""
    return with_what_they_use(cells, {i for i, cell in enumerate(cells) if not cell.given})


def with_what_they_use(cells: Sequence[Cell], wanted: Collection[int]) -> Plan:
    """Return `wanted` and every given cell that binds or changes a name which one of them uses."""
    looks = tuple(
        (names_in(each), names_of(each.source), definitions_in(each.source)) for each in cells
    )
    return _with_what_they_use(looks, frozenset(wanted), fixed(cells))


@lru_cache(maxsize=256)  # most of a class binds and uses the same names
def _with_what_they_use(
    looks: tuple[tuple[Names, Names, Names], ...],
    wanted: frozenset[int],
    constant: frozenset[str],
) -> Plan:
    """Do it by the names: what each cell means for others, binds as a whole, and only defines."""
    whole, parts = set(wanted), set[int]()
    offers = [here.binds | (here.changes - constant) for _, here, _ in looks]
    while True:
        running = {i: looks[i][0] for i in whole} | {i: looks[i][2] for i in parts}
        everything = not all(each.known for each in running.values())
        before = len(whole), len(parts)
        for i, does in enumerate(used_of(offers, running)):
            _, here, definitions = looks[i]
            if i in whole:
                continue
            if everything or not here.known or does - definitions.fixed:
                whole.add(i)
                parts.discard(i)
            elif does:
                parts.add(i)
        if before == (len(whole), len(parts)):
            return Plan(frozenset(whole), frozenset(parts))


def used_of(offers: Sequence[frozenset[str]], running: Mapping[int, Names]) -> list[frozenset[str]]:
    """Return which of the names that each cell offers are used by those that run.

    What a part of a cell uses of its own cell counts: it comes before it, or is a function's. Each
    cell is looked at twice, from below and from above: a student's notebook may have many.
    """
    later = frozenset().union(*(each.later for each in running.values()))
    below, kept = set[str](), set[str]()
    called, found = set[int](), [names & later for names in offers]
    for i in reversed(range(len(offers))):
        if i in running:
            # A cell further down uses something of this one: its functions, perhaps.
            if not below.isdisjoint(running[i].binds | running[i].changes):
                called.add(i)
            below |= running[i].uses
        found[i] |= offers[i] & below
    for i, names in enumerate(offers):
        found[i] |= names & kept
        if i in called:
            kept |= running[i].kept
    return found


def names_in(cell: Cell) -> Names:
    """Look at one cell; where a student's functions are called from, one cannot know."""
    names = names_of(cell.source)
    if cell.given:
        return names
    return replace(names, uses=names.uses | names.kept, later=names.later | names.kept)


def affected(cells: Sequence[Cell], touched: Collection[int]) -> set[int]:
    """Return the given cells whose outputs may depend on what a student wrote.

    Parameters
    ----------
    cells : sequence of Cell
        In the order of the notebook.
    touched : collection of int
        Given cells that use answers inside the package.
    """
    constant = fixed(cells)
    names: set[str] = set()
    everything = False
    found = set()
    for index, cell in enumerate(cells):
        here = names_of(cell.source)
        if cell.test:
            continue
        if not cell.given:
            # Whatever it uses it may also change: an array, a list, a generator of numbers.
            names |= here.binds - (constant if cell.answer else frozenset())
            names |= (here.changes | here.uses) - constant
            everything = everything or not here.known
        elif everything or index in touched or here.uses & names:
            found.add(index)
            names |= here.binds | (here.changes - constant)
    return found


def fixed(cells: Sequence[Cell]) -> frozenset[str]:
    """Return the names that a student uses, and does not change."""
    return BUILTINS.union(*(names_of(cell.source).fixed for cell in cells if cell.given))


@lru_cache(maxsize=4096)
def definitions_in(source: str) -> Names:
    """Look at what runs of a cell when only its definitions do.

    Its `fixed` are the functions and classes for which that is enough. They are none if the cell
    binds or changes them otherwise too; and what it imports is not among them, because a cell
    that imports for others may also set things up for them.
    """
    whole = names_of(source)
    try:
        every = ast.parse(source)
        tree = OnlyDefinitions().visit(every)
        alone = names_of(ast.unparse(tree))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Names()
    if len(tree.body) == len(every.body):
        return Names()
    imported = [each for each in tree.body if isinstance(each, ast.Import | ast.ImportFrom)]
    brought = names_of("\n".join(map(ast.unparse, imported))).fixed
    return replace(alone, fixed=(whole.fixed & alone.fixed) - whole.changes - brought)
