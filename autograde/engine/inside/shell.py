"""An IPython shell without a terminal, a history or a connection: one cell in, its outputs out."""

from __future__ import annotations

import ast
import sys
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

from .definitions import OnlyDefinitions
from .outputs import Outputs, Stream


class Hook(DisplayHook):
    """Keeps what the last line of a cell returns."""

    outputs: Outputs

    def write_output_prompt(self) -> None:
        """There is no prompt."""

    def write_format_data(self, format_dict: dict[str, Any], md_dict: Any = None) -> None:
        """Keep the result."""
        self.outputs.show(format_dict, md_dict or {}, count=self.prompt_count)

    def finish_displayhook(self) -> None:
        """There is nothing to print after it."""


class Publisher(DisplayPublisher):
    """Keeps what is displayed."""

    outputs: Outputs

    def publish(  # the signature is IPython's
        self,
        data: Any,
        metadata: Any = None,
        source: Any = None,
        *,
        transient: Any = None,
        update: bool = False,
        **kwargs: Any,
    ) -> None:
        """Keep `data`."""
        identity = (transient or {}).get("display_id")
        if update:
            self.outputs.update(str(identity), data, metadata or {})
            return
        item = self.outputs.show(data, metadata or {})
        if identity is not None:
            self.outputs.by_id[str(identity)] = item

    def clear_output(self, wait: bool = False) -> None:
        """Forget what this cell showed so far."""
        self.outputs.items.clear()


class Shell(InteractiveShell):
    """Runs cells as a notebook's kernel does."""

    outputs: Outputs

    displayhook_class = Type(Hook)
    display_pub_class = Type(Publisher)

    def enable_gui(self, gui: Any = None) -> None:
        """There is no window; matplotlib asks all the same."""

    def transform_cell(self, raw_cell: str) -> str:
        """Look for magics only where there may be some: it takes longer than most cells do."""
        if self.plain(raw_cell):
            return raw_cell if raw_cell.endswith("\n") else raw_cell + "\n"
        return str(super().transform_cell(raw_cell))  # type: ignore[no-untyped-call]

    def should_run_async(self, raw_cell: str, **keywords: Any) -> bool:
        """Compile a cell one more time only where it may have to wait for something."""
        waits = any(word in raw_cell for word in ("await", "async", "%"))
        return waits and bool(super().should_run_async(raw_cell, **keywords))

    known_transformers: tuple[int, ...] = ()

    def transformers(self) -> tuple[int, ...]:
        """How many there are of each kind: a cell may add some."""
        manager = self.input_transformer_manager
        kinds = manager.cleanup_transforms, manager.line_transforms, manager.token_transformers
        return tuple(len(kind) for kind in kinds)

    def plain(self, source: str) -> bool:
        """Whether a cell is Python as it stands, so that IPython would not change it."""
        lines = source.splitlines()
        # A single word may be a magic; what stands at the top may be taken away.
        if len(lines) < 2 or not lines[0].strip() or lines[0].startswith("In ["):
            return False
        if self.input_transformers_post or self.transformers() != self.known_transformers:
            return False
        try:
            ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
        return True

    def _showtraceback(self, etype: Any, evalue: Any, stb: list[str]) -> None:
        self.outputs.fail(etype.__name__, str(evalue), stb)


def make() -> Shell:
    """Return the shell of this process; it is made before any student's code is there."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "Linux"
    config.InteractiveShell.xmode = "Context"
    shell = Shell.instance(config=config)
    shell.outputs = Hook.outputs = Publisher.outputs = Outputs()
    shell.known_transformers = shell.transformers()
    return shell


def run(
    shell: Shell, source: str, *, definitions: bool = False
) -> tuple[list[dict[str, Any]], bool]:
    """Run one cell, or only what it defines; its outputs, and whether it ran to its end."""
    shell.outputs.clear()
    before = sys.stdout, sys.stderr
    sys.stdout = Stream("stdout", shell.outputs)
    sys.stderr = Stream("stderr", shell.outputs)
    only = [OnlyDefinitions()] if definitions else []
    shell.ast_transformers.extend(only)
    try:
        result = shell.run_cell(source, store_history=True)  # type: ignore[no-untyped-call]
        done = bool(result.success)
    finally:
        sys.stdout, sys.stderr = before
        for each in only:
            shell.ast_transformers.remove(each)
    return shell.outputs.items, done
