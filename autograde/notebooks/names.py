"""Which names a cell binds, changes and uses: a static look, nothing is run."""

import ast
import symtable
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

COMPREHENSIONS = ("listcomp", "setcomp", "dictcomp", "genexpr")
"""They are run where they stand, unlike functions."""


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
        False if a cell is not plain Python, such as a magic, or is nested too deeply to be looked
        through: it may do anything.
    """

    binds: frozenset[str] = frozenset()
    changes: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()
    uses: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    known: bool = True


@lru_cache(maxsize=4096)
def names_of(source: str) -> Names:
    """Look at one cell."""
    look = Look()
    try:
        tree = ast.parse(source)
        table = symtable.symtable(source, "<cell>", "exec")
        look.visit(tree)
        later, kept = in_functions(table, look.made)
    except (SyntaxError, ValueError):
        # Either a magic, or a cell that will not run at all.
        return Names(known=not any(mark in source for mark in "%!?"))
    except (RecursionError, MemoryError):  # Python itself may go deeper, and run it
        return Names(known=False)
    return Names(
        frozenset(look.binds | look.fixed),
        frozenset(look.changes),
        frozenset(look.fixed - look.binds),
        frozenset(look.uses | later),
        frozenset(later),
        frozenset(kept - later),
        look.known,
    )


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
