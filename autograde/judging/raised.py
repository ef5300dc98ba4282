"""An error in which a call in the jail ended, as if it had been raised here."""

from __future__ import annotations

import builtins
import itertools
import linecache
from typing import Any

_numbers = itertools.count()
_KINDS = {
    name: kind
    for name, kind in vars(builtins).items()
    if isinstance(kind, type) and issubclass(kind, Exception)
}


def rebuilt(said: Any) -> BaseException:
    """Return an exception like the one that the job told of, raised on the student's line."""
    said = said if isinstance(said, dict) else {}
    name, text = str(said.get("kind"))[:100].replace("\0", ""), str(said.get("said"))[:2000]
    line = said.get("line")
    error: BaseException
    if name == "SystemExit":
        error = SystemExit(text)
    else:
        kind = _KINDS.get(name) or type(name, (Exception,), {"__module__": "builtins"})
        try:
            error = kind(text)
        except TypeError:  # a few take more than a text
            error = type(name, (Exception,), {"__module__": "builtins"})(text)
    if type(line) is not int or not 0 < line < 100_000:
        return error
    filename = f"<answer {next(_numbers) % 64}>"
    shown = str(said.get("text"))[:500].splitlines() or [""]
    linecache.cache[filename] = (1, None, [""] * (line - 1) + [shown[0]], filename)
    try:
        exec(compile("\n" * (line - 1) + "raise error", filename, "exec"), {"error": error})
    except BaseException as raised:
        raised.__traceback__ = raised.__traceback__.tb_next if raised.__traceback__ else None
        return raised
    return error
