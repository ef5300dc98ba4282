"""Read a function out of the notebook cell that defines it, ready to be saved.

The saved file must work on its own, in another notebook and after a restart. So
besides the function itself it takes along what the function leans on: helpers,
constants and imports of the same cell, modules imported anywhere in the
notebook, and names of `course_utils`. A name that lives in another cell cannot
come along, and is reported instead.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import linecache
import symtable
import sys
import types
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class CellSource:
    """What `read_cell` found.

    Attributes
    ----------
    body : list of ast statements
        What has to be run, in order; the last one defines the function. Line
        numbers are the cell's own.
    elsewhere : list of str
        Names the function uses that are defined in another cell.
    unknown : list of str
        Names the function uses that are defined nowhere.
    is_stub : bool
        Whether the function is still as it was handed out, or cannot get past its ``raise``.
    has_code : bool
        Whether something was written into it all the same.
    """

    filename: str
    body: list[ast.stmt]
    elsewhere: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    is_stub: bool = False
    has_code: bool = False

    def text(self) -> str:
        """Return the statements as source, with the author's layout and comments."""
        lines = [line.rstrip("\n") for line in linecache.getlines(self.filename)]
        parts = []
        for statement in self.body:
            source = _source_of(statement, lines)
            parts.append(source)
        return "\n\n".join(parts) + "\n"


def is_stub(function: ast.FunctionDef) -> bool:
    """Tell whether `function` was left as handed out.

    That is: a ``raise NotImplementedError`` stands unindented in its body, so no
    call can get past it, or the body holds nothing but a docstring, ``pass`` or ``...``.
    """
    body = function.body
    if ast.get_docstring(function, clean=False) is not None:
        body = body[1:]
    if any(_raises_not_implemented(statement) for statement in body):
        return True
    return all(
        isinstance(s, ast.Pass) or (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))
        for s in body
    )


def has_code(function: ast.FunctionDef) -> bool:
    """Tell whether `function` holds more than is handed out.

    That is: more than a docstring, unpacking ``ctx.saved_tensors``, and the ``raise``.
    """
    return not all(
        isinstance(s, ast.Pass)
        or (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))
        or _raises_not_implemented(s)
        or (
            isinstance(s, ast.Assign)
            and isinstance(s.value, ast.Attribute)
            and s.value.attr == "saved_tensors"
        )
        for s in function.body
    )


def read_cell(function: Callable[..., Any], known: dict[str, Any]) -> CellSource | None:
    """Find `function` in its cell (or file), with all it needs.

    Parameters
    ----------
    function : callable
        As `fill_in` receives it.
    known : dict
        The public names of `course_utils`, which a saved file may import.

    Returns
    -------
    CellSource or None
        None where Python has no source for the function (typed into a plain
        prompt, for example).
    """
    # A decorator between @fill_in and def may have wrapped it.
    function = inspect.unwrap(function)
    filename = function.__code__.co_filename
    lines = linecache.getlines(filename)
    if not lines:
        return None
    try:
        module = ast.parse("".join(lines), filename)
    except SyntaxError:
        return None
    definition = _definition(module, function)
    if definition is None:
        return None
    notebook = function.__globals__
    fill_in = known.get("fill_in", known)
    names = {"fill_in"} | {name for name, value in notebook.items() if value is fill_in}
    definition.decorator_list = [d for d in definition.decorator_list if not _is_one(d, names)]

    found = CellSource(filename, [], is_stub=is_stub(definition), has_code=has_code(definition))
    here = _top_level_names(module, definition, names)
    imports: list[ast.stmt] = []
    wanted: list[ast.stmt] = [definition]
    queue: list[ast.stmt] = [definition]
    seen = {definition.name}
    while queue:
        for name in _free_names(queue.pop(), lines):
            if name in seen:
                continue
            seen.add(name)
            if name in here:
                more = [statement for statement in here[name] if statement not in wanted]
                wanted += more
                queue += more
                continue
            line = _import_for(name, notebook, known)
            if line is not None:
                if line:
                    imports.extend(ast.parse(line).body)
            elif name in notebook:
                found.elsewhere.append(name)
            else:
                found.unknown.append(name)
    carried = [s for s in module.body if s in wanted and s is not definition]
    found.body = [*imports, *carried, definition]
    return found


def _raises_not_implemented(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.Raise) or statement.exc is None:
        return False
    exception = statement.exc
    if isinstance(exception, ast.Call):
        exception = exception.func
    return isinstance(exception, ast.Name) and exception.id == "NotImplementedError"


def _definition(module: ast.Module, function: Callable[..., Any]) -> ast.FunctionDef | None:
    """Return the top-level definition from which Python made `function`."""
    line = function.__code__.co_firstlineno
    for node in module.body:
        if isinstance(node, ast.FunctionDef) and node.name == function.__name__:
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            if first == line:
                return node
    return None


def _is_one(decorator: ast.expr, names: Collection[str]) -> bool:
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    name = target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", None)
    return name in names


def _top_level_names(
    module: ast.Module, answer: ast.stmt, fill_in: Collection[str]
) -> dict[str, list[ast.stmt]]:
    """Map each name that the cell defines at top level to the statements that do."""
    names: dict[str, list[ast.stmt]] = {}
    for node in module.body:
        if node is not answer:
            for name in _bound_by(node, fill_in):
                names.setdefault(name, []).append(node)
    return names


def _bound_by(node: ast.stmt, fill_in: Collection[str]) -> Iterator[str]:
    """Yield the names that a statement defines, also in its branches."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        # Another exercise's answer in the same cell is imported from the package instead.
        if not any(_is_one(decorator, fill_in) for decorator in node.decorator_list):
            yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        for alias in node.names:
            yield (alias.asname or alias.name).split(".")[0]
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            yield from (leaf.id for leaf in ast.walk(target) if isinstance(leaf, ast.Name))
    elif isinstance(node, ast.Try | ast.If):
        # As in try: from numba import njit, and another njit where there is no numba.
        handled = [each.body for each in getattr(node, "handlers", [])]
        for body in (node.body, node.orelse, *handled, getattr(node, "finalbody", [])):
            for statement in body:
                yield from _bound_by(statement, fill_in)


def _free_names(statement: ast.stmt, lines: list[str]) -> list[str]:
    """Return the names that `statement` looks up outside itself, in reading order."""
    table = symtable.symtable(_as_written(statement, lines), "<cell>", "exec")
    names: set[str] = set()
    top = {s.get_name() for s in table.get_symbols() if s.is_referenced()}
    names |= top

    def visit(child: symtable.SymbolTable) -> None:
        for symbol in child.get_symbols():
            if symbol.is_global() and symbol.is_referenced():
                names.add(symbol.get_name())
        for grandchild in child.get_children():
            visit(grandchild)

    for child in table.get_children():
        visit(child)
    order = {
        node.id: index
        for index, node in reversed(list(enumerate(ast.walk(statement))))
        if isinstance(node, ast.Name)
    }
    return sorted(names, key=lambda name: order.get(name, len(order)))


def _import_for(name: str, notebook: dict[str, Any], known: dict[str, Any]) -> str | None:
    """Return the import line that brings `name` along; "" if none is needed, None if none can."""
    if name not in notebook:
        if hasattr(builtins, name):
            return ""
        if name == "np":
            return ""
        return f"from course_utils import {name}" if name in known else None
    value = notebook[name]
    if name in known and known[name] is value:
        return f"from course_utils import {name}"
    if isinstance(value, types.ModuleType):
        # Every saved file starts with NumPy.
        return "" if name == "np" else f"import {value.__name__} as {name}"
    origin = getattr(value, "__module__", None)
    original = getattr(value, "__name__", None)
    if isinstance(origin, str) and isinstance(original, str) and origin != notebook["__name__"]:
        module = sys.modules.get(origin)
        if origin != "__main__" and getattr(module, original, None) is value:
            return f"from {origin} import {original} as {name}"
    return None


def _as_written(statement: ast.stmt, lines: list[str]) -> str:
    """Return the source of `statement`; to write it anew takes as long as to run most cells."""
    decorated = getattr(statement, "decorator_list", [])
    # A line as Python counts them ends with a line feed, and with nothing else.
    if decorated or statement.end_lineno is None or any(x.count("\n") != 1 for x in lines[:-1]):
        return ast.unparse(statement)
    part = lines[statement.lineno - 1 : statement.end_lineno]
    part[-1] = part[-1].encode()[: statement.end_col_offset].decode()
    part[0] = part[0].encode()[statement.col_offset :].decode()
    return "".join(part)


def _source_of(statement: ast.stmt, lines: list[str]) -> str:
    """Return the text of `statement`, comments and all; an import made up here is unparsed."""
    if isinstance(statement, ast.Import | ast.ImportFrom) or statement.end_lineno is None:
        return ast.unparse(statement)
    first = statement.lineno
    decorators = getattr(statement, "decorator_list", [])
    if decorators:
        first = min(first, *(d.lineno for d in decorators))
    text = lines[first - 1 : statement.end_lineno]
    return "\n".join(text)
