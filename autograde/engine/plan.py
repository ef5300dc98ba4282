"""Which cells of a notebook have to be run: a static look at the names that they bind and use.

Most cells of a notebook are given: figures, examples, derivations with numbers. No test depends on
them, and most of them show everybody the same. For scores alone only what tests and answers need is
run; for feedback also what an answer can have changed, and the rest shows what it showed in one
clean run. Of a figure's cell that also defines a function, the definitions are enough for whoever
uses the function.
"""

import ast
import builtins
import symtable
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from autograde.engine.inside.definitions import OnlyDefinitions

BUILTINS = frozenset(dir(builtins))
COMPREHENSIONS = ("listcomp", "setcomp", "dictcomp", "genexpr")
"""They are run where they stand, unlike functions."""


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
        Those that it looks up before it binds them, or in functions.
    later : frozenset of str
        Those among them that are looked up in functions: they may be bound further down.
    kept : frozenset of str
        Those that functions look up and that this cell has bound when it makes them. Another cell
        counts only if it binds them anew before the function is called.
    known : bool
        False if a cell is not plain Python, such as a magic: it may do anything.
    """

    binds: frozenset[str] = frozenset()
    changes: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()
    uses: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    known: bool = True


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
def names_of(source: str) -> Names:
    """Look at one cell."""
    try:
        tree = ast.parse(source)
        table = symtable.symtable(source, "<cell>", "exec")
    except (SyntaxError, ValueError, RecursionError):
        # Either a magic, or a cell that will not run at all.
        return Names(known=not any(mark in source for mark in "%!?"))
    look = Look()
    look.visit(tree)
    later, kept = in_functions(table, look.made)
    return Names(
        frozenset(look.binds | look.fixed),
        frozenset(look.changes),
        frozenset(look.fixed - look.binds),
        frozenset(look.uses | later),
        frozenset(later),
        frozenset(kept - later),
        look.known,
    )


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


class Look(ast.NodeVisitor):
    """Goes through a cell in the order in which it runs, outside of functions.

    What stands in a branch may not be run, so what it binds is certain only in the branch itself.
    """

    def __init__(self) -> None:
        self.binds: set[str] = set()
        self.changes: set[str] = set()
        self.fixed: set[str] = set()
        self.uses: set[str] = set()
        self.certain: set[str] = set()
        self.made: dict[tuple[str, int], set[str]] = {}
        self.known = True

    def bind(self, name: str) -> None:
        """Remember that a name is bound."""
        self.binds.add(name)
        self.certain.add(name)

    def visit_Name(self, node: ast.Name) -> None:
        """Look a name up, or bind it."""
        if isinstance(node.ctx, ast.Load):
            if node.id not in self.certain:
                self.uses.add(node.id)
        else:
            self.bind(node.id)

    def visit_Assign(self, node: ast.Assign) -> None:
        """The value comes first."""
        self.visit(node.value)
        for target in node.targets:
            self.visit(target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """The value comes first."""
        for part in (node.value, node.annotation, node.target):
            if part is not None:
                self.visit(part)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        """Both sides are looked up; what the name stood for may be changed."""
        self.visit(node.value)
        if isinstance(node.target, ast.Name):
            if node.target.id not in self.certain:
                self.uses.add(node.target.id)
            self.changes.add(node.target.id)
        self.visit(node.target)

    def visit_For(self, node: ast.For) -> None:
        """First what is gone through, then the name; the body may not be run at all."""
        self.visit(node.iter)
        before = set(self.certain)
        self.visit(node.target)
        self.branch(node.body)
        self.certain = before
        self.branch(node.orelse)

    def visit_While(self, node: ast.While) -> None:
        """The body may not be run at all."""
        self.visit(node.test)
        self.branch(node.body, node.orelse)

    def visit_If(self, node: ast.If) -> None:
        """One of the branches is not run."""
        self.visit(node.test)
        self.branch(node.body, node.orelse)

    def visit_Try(self, node: ast.Try) -> None:
        """Any part of it may not be run."""
        self.branch(node.body + node.orelse, node.handlers, node.finalbody)

    def visit_Match(self, node: ast.Match) -> None:
        """One case is run."""
        self.visit(node.subject)
        self.branch(*([case] for case in node.cases))

    def branch(self, *blocks: Sequence[ast.AST]) -> None:
        """Go through blocks that may not be run."""
        for block in blocks:
            before = set(self.certain)
            for part in block:
                self.visit(part)
            self.certain = before

    def visit_ListComp(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> None:
        """Its names are its own."""
        self.comprehension(node.generators, node.elt)

    visit_SetComp = visit_GeneratorExp = visit_ListComp

    def visit_DictComp(self, node: ast.DictComp) -> None:
        """Its names are its own."""
        self.comprehension(node.generators, node.key, node.value)

    def comprehension(self, generators: list[ast.comprehension], *values: ast.expr) -> None:
        """Go through a comprehension; nothing that it binds stays bound."""
        before = set(self.certain), set(self.binds)
        for each in generators:
            self.visit(each.iter)
            self.certain |= {n.id for n in ast.walk(each.target) if isinstance(n, ast.Name)}
            for test in each.ifs:
                self.visit(test)
        for value in values:
            self.visit(value)
        self.certain, self.binds = before

    def visit_Attribute(self, node: ast.Attribute | ast.Subscript) -> None:
        """``x.y = 1`` and ``x[0] = 1`` change x."""
        if not isinstance(node.ctx, ast.Load):
            self.changes.add(base_of(node))
        self.generic_visit(node)

    visit_Subscript = visit_Attribute

    def visit_Expr(self, node: ast.Expr) -> None:
        """``x.append(1)`` changes x."""
        if isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
            self.changes.add(base_of(node.value.func))
        self.generic_visit(node)

    def visit_alias(self, node: ast.alias) -> None:
        """An import binds a name; a star may bind any."""
        name = (node.asname or node.name).split(".")[0]
        self.known = self.known and node.name != "*"
        self.fixed.add(name)
        self.certain.add(name)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        """Its name is bound while it runs."""
        if node.name:
            self.binds.add(node.name)
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """What stands around the body is run now; the body is looked at by itself."""
        for part in (*node.decorator_list, node.args, node.returns):
            if part is not None:
                self.visit(part)
        self.make(node.name, node.lineno)
        self.define(node.name)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """Its body is looked at by itself."""
        self.visit(node.args)
        self.make("lambda", node.lineno)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Its body is run now, and what it binds is the class's own."""
        for part in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(part)
        before = set(self.certain), set(self.binds), set(self.fixed)
        for statement in node.body:
            self.visit(statement)
        self.certain, self.binds, self.fixed = before
        self.define(node.name)

    def define(self, name: str) -> None:
        """Remember a function or a class."""
        self.fixed.add(name)
        self.certain.add(name)

    def make(self, name: str, line: int) -> None:
        """Remember what was bound when a function was made; two on a line count as one."""
        self.made[name, line] = self.certain & self.made.get((name, line), self.certain)


def base_of(part: ast.expr) -> str:
    """Return the name at the left of ``a.b[c].d``."""
    while isinstance(part, ast.Attribute | ast.Subscript | ast.Call):
        part = part.func if isinstance(part, ast.Call) else part.value
    return part.id if isinstance(part, ast.Name) else ""


def in_functions(
    table: symtable.SymbolTable, made: dict[tuple[str, int], set[str]]
) -> tuple[set[str], set[str]]:
    """Return the names of the notebook that functions look up, and comprehensions with them.

    The second are those that were bound when the function was made. A class's own names are no
    function's, so what its methods look up counts as not bound.
    """
    later, kept = set[str](), set[str]()
    for child in table.get_children():
        here = child.get_name(), child.get_lineno()
        bound = set() if table.get_type() == "class" else made.get(here, set())
        names = set[str]()
        if child.get_type() != "class" and child.get_name() not in COMPREHENSIONS:
            names = {
                s.get_name() for s in child.get_symbols() if s.is_referenced() and s.is_global()
            }
        inner = in_functions(child, made)
        names |= inner[0]
        later |= names - bound
        kept |= (names & bound) | inner[1]
    return later, kept
