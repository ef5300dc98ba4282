"""Small changes to a file, each of which a test should notice; see `benchmarks.mutations`."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

Node = TypeVar("Node", bound=ast.AST)

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
STATEMENTS = (ast.Expr, ast.AugAssign, ast.Raise, ast.Continue, ast.Break)
"""Those that can be left out without a name missing afterwards."""


@dataclass(frozen=True)
class Change:
    """Other text in place of a part of a file: its first and its last line and column."""

    kind: str
    start: tuple[int, int]
    end: tuple[int, int]
    text: str

    def made(self, source: str) -> str:
        """Return the file with the change."""
        lines = source.encode().splitlines(keepends=True)
        (first, left), (last, right) = self.start, self.end
        before = b"".join([*lines[: first - 1], lines[first - 1][:left]])
        after = b"".join([lines[last - 1][right:], *lines[last:]])
        return (before + self.text.encode() + after).decode()


def changes(source: str) -> list[Change]:
    """Return all changes to a file that are known here; each leaves a file that can be read."""
    found = []
    for node in _changed(ast.parse(source)):
        for kind, other in _others(node):
            text = other if isinstance(other, str) else ast.unparse(other)
            if isinstance(other, ast.expr) and not isinstance(other, ast.Constant):
                text = f"({text})"
            place: Any = node.test if kind == "condition" else node
            start, end = (place.lineno, place.col_offset), (place.end_lineno, place.end_col_offset)
            found.append(Change(kind, start, end, text))
    return sorted(found, key=lambda change: (change.start, change.end, change.text))


def within(found: list[Change], source: str, names: tuple[str, ...]) -> list[Change]:
    """Return the changes to functions and tables with these names."""
    spans = []
    for node in ast.parse(source).body:
        targets = getattr(node, "targets", [getattr(node, "target", node)])
        called = [getattr(node, "name", "")]
        if isinstance(node, ast.Assign | ast.AnnAssign):
            called += [n.id for each in targets for n in ast.walk(each) if isinstance(n, ast.Name)]
        if not set(names).isdisjoint(called):
            spans.append((node.lineno, node.end_lineno or node.lineno))
    return [each for each in found if any(a <= each.start[0] <= b for a, b in spans)]


def _changed(tree: ast.AST) -> Iterator[Any]:
    """Yield what may be changed: not what describes a type, decorates or documents."""
    for name, value in ast.iter_fields(tree):
        if name in ("annotation", "returns", "decorator_list", "type_params", "bases"):
            continue
        for node in value if isinstance(value, list) else [value]:
            if not isinstance(node, ast.AST) or isinstance(node, ast.Import | ast.ImportFrom):
                continue
            if isinstance(node, ast.JoinedStr) or (
                isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            ):
                continue
            yield node
            yield from _changed(node)


def _others(node: Any) -> Iterator[tuple[str, ast.AST | str]]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield "comparison", _with(node, ops=[COMPARISONS[type(node.ops[0])]()])
    elif isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        yield "operator", _with(node, op=OPERATORS[type(node.op)]())
    elif isinstance(node, ast.BoolOp):
        yield "operator", _with(node, op=ast.And() if isinstance(node.op, ast.Or) else ast.Or())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield "operator", node.operand
    elif isinstance(node, ast.Constant):
        yield from (("constant", ast.Constant(other)) for other in _constants(node.value))
    elif isinstance(node, STATEMENTS):
        yield "statement", "pass"
    elif isinstance(node, ast.Dict) and len(node.values) > 1:
        for k in range(len(node.values)):
            keys, values = (
                node.keys[:k] + node.keys[k + 1 :],
                node.values[:k] + node.values[k + 1 :],
            )
            yield "entry", _with(node, keys=keys, values=values)
    elif isinstance(node, ast.List | ast.Tuple | ast.Set) and _is_table(node):
        for k in range(len(node.elts)):
            yield "entry", _with(node, elts=node.elts[:k] + node.elts[k + 1 :])
    if isinstance(node, ast.If | ast.While | ast.IfExp):
        yield "condition", ast.UnaryOp(ast.Not(), node.test)


def _is_table(node: ast.List | ast.Tuple | ast.Set) -> bool:
    stored = isinstance(getattr(node, "ctx", None), ast.Store)  # names, and no values
    return (
        len(node.elts) > 1 and not stored and not any(isinstance(e, ast.Slice) for e in node.elts)
    )


def _with(node: Node, **fields: Any) -> Node:
    other = copy.copy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return other


def _constants(value: Any) -> list[Any]:
    if value is True or value is False:
        return [not value]
    if isinstance(value, int):
        return [value + 1]
    return [value * 2 if value else 1.0] if isinstance(value, float) else []
