"""A line of text that changes in place, for what takes long."""

from __future__ import annotations

from typing import Any


class StatusLine:
    """One line of output, replaced each time something new is said.

    In a notebook the line is one output of its cell, updated through IPython's display
    protocol: JupyterLab shows the change, nbconvert and nbgrader keep the last
    text. Nothing is written to standard error. Elsewhere every text is printed.
    """

    def __init__(self) -> None:
        self._handle: Any = None

    def say(self, text: str) -> None:
        """Show `text` in place of what was said before."""
        if not _in_a_notebook():
            print(text, flush=True)
            return
        from IPython.display import display

        data = {"text/plain": text}
        if self._handle is None:
            self._handle = display(data, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(data, raw=True)


def _in_a_notebook() -> bool:
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    # A terminal's IPython has no kernel, and would print every update anew.
    return hasattr(get_ipython(), "kernel")
