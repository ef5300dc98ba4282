"""What in the source of an answer a person should look at. Nobody loses a point by it.

A gradient of an entry-by-entry function costs one more forward pass, however it is
computed: only its source tells a formula from a complex step.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Any

from course_utils.chapters.ch07_networks import nn, whole_network
from course_utils.checks.declarations import declaration_of
from course_utils.exercises.registry import Exercise, registry
from course_utils.measure import fast_vjp, numerical

CHECKING = {"examine", "check", "check_vjp", "score"}
STANDING_IN = {"stand_in", "stand_ins", "stand_in_of", "declaration_of", "registry"}
OTHERS = {  # what measures or derives in packages that people know
    *("gradcheck", "approx_fprime", "check_grad", "approx_derivative", "numdifftools"),
    *("torch", "jax", "autograd", "tensorflow", "sympy"),
}
HIDING = {
    *("eval", "exec", "compile", "__import__", "__wrapped__", "unwrap", "importlib"),
    *("globals", "_getframe", "inspect", "gc", "_inputs"),
}
COMPLEX = {"imag", "complex", "complex64", "complex128", "clongdouble", "csingle", "cdouble"}
ROUNDING = {"finfo", "spacing", "nextafter", "float_info"}
LARGEST_STEP = 1e-2


@cache
def measuring() -> frozenset[str]:
    """Return the names of what measures: the course's own, and what people know."""
    modules = {each.__name__: each for each in (fast_vjp, numerical, whole_network)}
    ours = {name.rsplit(".", 1)[-1] for name in modules} | {
        name
        for seen in (fast_vjp, numerical, nn)  # where a learner finds them
        for name, value in vars(seen).items()
        if getattr(value, "__module__", "") in modules and name[0] != "_"
    }
    asked = {slot.entry for slot in registry.values() if declaration_of(slot).may_measure}
    return frozenset(ours | asked | CHECKING | STANDING_IN | OTHERS)


def suspicious(source: str) -> list[str]:
    """Return one sentence for each answer in a cell that a person should look at."""
    if "fill_in" not in source:  # most cells: parsing them takes longer than all of this
        return []
    return list(_suspicious(source))


@lru_cache(maxsize=1024)  # a stub comes again and again, and so does a usual answer
def _suspicious(source: str) -> tuple[str, ...]:
    tree = parsed(source)
    found = []
    for slot in filled_by(nodes_of(tree)):
        if declaration_of(slot).may_measure:
            continue
        signs = list(dict.fromkeys(signs_in(nodes_of(without_tries(tree)), slot)))
        if signs:
            found.append(f"the answer to {slot.name} {', '.join(signs)}")
    return tuple(found)


Nodes = Sequence[ast.AST]
"""All nodes of a cell, which are gone through more than once."""


def nodes_of(tree: ast.AST) -> Nodes:
    """Return all nodes of a tree."""
    return list(ast.walk(tree))


def without_tries(tree: ast.Module) -> ast.Module:
    """Return a cell without the lines that only try something out, such as a check below it."""
    return ast.Module([each for each in tree.body if not isinstance(each, ast.Expr)], [])


def parsed(source: str) -> ast.Module:
    """Return the tree of a cell; an empty one for what is not Python alone."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def filled_by(nodes: Nodes) -> list[Exercise]:
    """Return the exercises that a cell fills in."""
    calls = [
        node.args[0]
        for node in nodes
        if isinstance(node, ast.Call) and node.args and last(node.func) == "fill_in"
    ]
    return [slot for call in calls if (slot := named(call)) is not None]


def named(node: ast.expr) -> Exercise | None:
    """Return the exercise that an expression names."""
    text = node.value if isinstance(node, ast.Constant) else ast.unparse(node)
    text = str(text).removeprefix("course_utils.")
    for form in (text, text.rsplit(".", 1)[-1]):
        for slot in registry.values():
            if form in (slot.name, slot.name.removesuffix(".backward")):
                return slot
    return None


def names_in(nodes: Nodes) -> Iterator[str]:
    """Yield every name that code looks up or imports, the parts of dotted ones each."""
    for node in nodes:
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.alias):
            yield from node.name.split(".")
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from node.module.split(".")


def dotted_in(nodes: Nodes) -> Iterator[str]:
    """Yield every dotted name, such as ``nn.Linear``."""
    return (ast.unparse(node) for node in nodes if isinstance(node, ast.Attribute))


def own_names(nodes: Nodes) -> Iterator[str]:
    """Yield the names that a cell gives itself: an array may be called what it likes."""
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg


def signs_in(nodes: Nodes, slot: Exercise) -> Iterator[str]:
    """Yield what in a cell looks like measuring."""
    names = set(names_in(nodes))
    for name in sorted(names & measuring() - set(own_names(nodes))):
        yield f"uses `{name}`"
    for name in sorted(names & HIDING):
        yield f"uses `{name}`, which can hide what is run"
    constants = [node.value for node in nodes if isinstance(node, ast.Constant)]
    if names & COMPLEX or any(isinstance(value, complex) for value in constants):
        yield "computes with complex numbers"
    own = slot.name.removesuffix(".backward").rsplit(".", 1)[-1]
    if slot.entry != "forward" and "forward" in names:
        yield "calls a forward"
    for node in nodes:
        if isinstance(node, ast.Attribute) and node.attr == "apply" and own == last(node.value):
            yield "calls its own forward"
        if is_quotient(node):
            yield f"divides a difference of two values of one function: `{ast.unparse(node)[:60]}`"
    if declaration_of(slot).probing is not None or slot.name.startswith("nn."):
        for name in sorted(names & ROUNDING):
            yield f"uses `{name}`, from which steps are made"
        for value in steps_in(nodes):
            yield f"has the small number {value:g}, like a step"


def last(node: ast.expr) -> str:
    """Return the last part of a dotted name."""
    if isinstance(node, ast.Name | ast.Attribute):  # quicker, and nearly always
        return node.id if isinstance(node, ast.Name) else node.attr
    return ast.unparse(node).rsplit(".", 1)[-1]


def is_quotient(node: ast.AST) -> bool:
    """Tell whether a node is (f(…) - f(…)) / something."""
    if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)):
        return False
    return any(
        isinstance(each, ast.BinOp)
        and isinstance(each.op, ast.Sub)
        and isinstance(each.left, ast.Call)
        and isinstance(each.right, ast.Call)
        and ast.unparse(each.left.func) == ast.unparse(each.right.func)
        for each in ast.walk(node.left)
    )


_OPERATIONS: dict[type[ast.operator], Any] = {
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


def steps_in(nodes: Nodes) -> Iterator[float]:
    """Yield the small numbers in a cell, written as such or as a power."""
    for node in nodes:
        value = number(node)
        if value is not None and 0 < abs(value) <= LARGEST_STEP:
            yield abs(value)


def number(node: ast.AST) -> float | None:
    """Return the value of a constant, or of a product, quotient or power of two."""
    if isinstance(node, ast.Constant):
        held = node.value
        return float(held) if isinstance(held, int | float) and held is not True else None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = number(node.operand)
        return None if value is None else -value
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
        left, right = number(node.left), number(node.right)
        if left is not None and right is not None:
            try:
                value = _OPERATIONS[type(node.op)](left, right)
            except (ArithmeticError, ValueError):
                return None
            return value if isinstance(value, float) else None
    return None
