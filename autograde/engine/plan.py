"""Which cells of a notebook have to be run: a static look at the names that they bind and use.

Most cells of a notebook are given: figures, examples, derivations with numbers. No test depends on
them, and most of them show everybody the same. For scores alone only what tests and answers need is
run; for feedback also what an answer can have changed, and the rest shows what it showed in one
clean run.
"""

import ast
import builtins
import symtable
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

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
class Names:
    """The names of one cell.

    Attributes
    ----------
    binds : frozenset of str
        Those that it assigns, defines or imports at its top level.
    changes : frozenset of str
        Those whose objects it changes there: ``x[0] = 1``, ``x.y = 1``, ``x.append(1)``.
    fixed : frozenset of str
        Those that it imports, or defines as functions and classes: a cell that uses them does
        not change them.
    uses : frozenset of str
        Those that it looks up outside of functions.
    known : bool
        False if a cell is not plain Python, such as a magic: it may do anything.
    """

    binds: frozenset[str] = frozenset()
    changes: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()
    uses: frozenset[str] = frozenset()
    known: bool = True


def needed(cells: Sequence[Cell]) -> set[int]:
    """Return the cells that are not as given, and those that they depend on."""
    return with_what_they_use(cells, {i for i, cell in enumerate(cells) if not cell.given})


def with_what_they_use(cells: Sequence[Cell], wanted: Collection[int]) -> set[int]:
    """Return `wanted` and every given cell that binds or changes a name which one of them uses."""
    constant = fixed(cells)
    found = new = set(wanted)
    while new:
        names = [names_of(cells[i].source) for i in new]
        used = frozenset().union(*(each.uses for each in names))
        everything = not all(each.known for each in names)
        new = set()
        for i, cell in enumerate(cells):
            here = names_of(cell.source)
            does = here.binds | (here.changes - constant)
            if i not in found and (everything or not here.known or does & used):
                new.add(i)
        found = found | new
    return found


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
def names_of(source: str) -> Names:
    """Look at one cell."""
    try:
        tree = ast.parse(source)
        table = symtable.symtable(source, "<cell>", "exec")
    except (SyntaxError, ValueError, RecursionError):
        # Either a magic, or a cell that will not run at all.
        return Names(known=not any(mark in source for mark in "%!?"))
    binds: set[str] = set()
    changes: set[str] = set()
    fixed: set[str] = set()
    known = True
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            fixed.add(statement.name)
            continue
        for part in ast.walk(statement):
            if isinstance(part, ast.alias):
                fixed.add((part.asname or part.name).split(".")[0])
                known = known and part.name != "*"
            elif isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load):
                binds.add(part.id)
            elif isinstance(part, ast.Attribute | ast.Subscript):
                if not isinstance(part.ctx, ast.Load):
                    changes.add(base_of(part))
            elif (
                isinstance(part, ast.Expr)
                and isinstance(part.value, ast.Call)
                and isinstance(part.value.func, ast.Attribute)
            ):
                changes.add(base_of(part.value.func))
    return Names(
        frozenset(binds | fixed),
        frozenset(changes),
        frozenset(fixed - binds),
        frozenset(looked_up(table)),
        known,
    )


def base_of(part: ast.expr) -> str:
    """Return the name at the left of ``a.b[c].d``."""
    while isinstance(part, ast.Attribute | ast.Subscript | ast.Call):
        part = part.func if isinstance(part, ast.Call) else part.value
    return part.id if isinstance(part, ast.Name) else ""


def looked_up(table: symtable.SymbolTable) -> set[str]:
    """Return the names that a cell, or a function in it, looks up outside of functions."""
    found = {
        symbol.get_name()
        for symbol in table.get_symbols()
        if symbol.is_referenced() and (table.get_type() == "module" or symbol.is_global())
    }
    for child in table.get_children():
        found |= looked_up(child)
    return found
