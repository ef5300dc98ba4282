"""Which cells of a notebook have to be run: a static look at the names that they bind and use.

Most cells of a notebook are given: figures, examples, derivations with numbers. No test depends on
them, and most of them show everybody the same. For scores alone only what tests and answers need is
run; for feedback also what an answer can have changed, and the rest shows what it showed in one
clean run. Of a figure's cell that also defines a function, the definitions are enough for whoever
uses the function.
"""

import ast
import builtins
from collections.abc import Collection, Iterator, Sequence
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
    while True:
        # What a part of a cell uses of its own cell comes before it, or is a function's.
        running: list[tuple[float, Names]] = [(i, looks[i][0]) for i in whole]
        running += [(i + 0.5, looks[i][2]) for i in parts]
        later = frozenset().union(*(each.later for _, each in running))
        everything = not all(each.known for _, each in running)
        kept = [(at, each.kept) for at, each in running if called_below(at, each, running)]
        before = len(whole), len(parts)
        for i, (_, here, definitions) in enumerate(looks):
            if i in whole:
                continue
            used = later.union(*(each.uses for at, each in running if at > i))
            used = used.union(*(names for at, names in kept if at < i))
            does = (here.binds | (here.changes - constant)) & used
            if everything or not here.known or does - definitions.fixed:
                whole.add(i)
                parts.discard(i)
            elif does:
                parts.add(i)
        if before == (len(whole), len(parts)):
            return Plan(frozenset(whole), frozenset(parts))


def names_in(cell: Cell) -> Names:
    """Look at one cell; where a student's functions are called from, one cannot know."""
    names = names_of(cell.source)
    if cell.given:
        return names
    return replace(names, uses=names.uses | names.kept, later=names.later | names.kept)


def called_below(at: float, names: Names, running: Sequence[tuple[float, Names]]) -> bool:
    """Whether a cell further down uses something of this one: its functions, perhaps."""
    own = names.binds | names.changes
    return any(there > at and not own.isdisjoint(each.uses) for there, each in running)


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
    except (SyntaxError, ValueError, RecursionError):
        return Names()
    if len(tree.body) == len(every.body):
        return Names()
    imported = [each for each in tree.body if isinstance(each, ast.Import | ast.ImportFrom)]
    brought = names_of("\n".join(map(ast.unparse, imported))).fixed
    return replace(alone, fixed=(whole.fixed & alone.fixed) - whole.changes - brought)
