"""The one kind of object that both sides know: a `Context`, sent by its parts."""

from __future__ import annotations

from typing import Any

from course_utils.autodiff.function import Context


def take_apart(value: Any) -> tuple[str, dict[str, Any]] | None:
    """Return the parts of an object that the other side can build again."""
    if isinstance(value, Context):
        return "Context", {k: v for k, v in vars(value).items() if not k.startswith("_")}
    return None


def build(kind: str, parts: dict[str, Any]) -> Any:
    """Make an object of a kind that both sides know."""
    if kind == "Context":
        ctx = Context()
        for name, value in parts.items():
            setattr(ctx, name, value)
        return ctx
    raise ValueError(kind)
