"""An IPython shell without a terminal, a history or a connection: one cell in, its outputs out."""

from __future__ import annotations

import ast
import sys
from collections.abc import Coroutine
from types import CodeType
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult, InteractiveShell
from traitlets import Type
from traitlets.config import Config

from course_utils.exercises import cells_run

from .definitions import OnlyDefinitions
from .outputs import Outputs, Stream

NOT_PLAIN = ("__future__", "get_ipython")
"""In a cell that names them, what comes first may change how the rest is read."""


def may_wait(source: str) -> bool:
    """Whether a cell may have to wait for something at its top level."""
    return any(word in source for word in ("await", "async", "%"))


def at_once(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What comes of a coroutine that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise RuntimeError("a cell that waits was run as one that does not")


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
    history_manager: Any
    events: Any
    run_code: Any

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
        return may_wait(raw_cell) and bool(super().should_run_async(raw_cell, **keywords))

    known_transformers: tuple[int, ...] = ()

    def transformers(self) -> tuple[int, ...]:
        """How many there are of each kind: a cell may add some."""
        manager = self.input_transformer_manager
        kinds = manager.cleanup_transforms, manager.line_transforms, manager.token_transformers
        return tuple(len(kind) for kind in kinds)

    def plain(self, source: str) -> bool:
        """Whether a cell is Python as it stands, so that IPython would not change it."""
        try:
            return self.may_be_plain(source) and bool(ast.parse(source))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False

    def may_be_plain(self, source: str) -> bool:
        """Whether a cell is Python as it stands if it is Python at all."""
        lines = source.splitlines()
        # A single word may be a magic; what stands at the top may be taken away.
        if len(lines) < 2 or not lines[0].strip() or lines[0].startswith("In ["):
            return False
        return not self.input_transformers_post and self.transformers() == self.known_transformers

    def run_plain(self, source: str) -> bool | None:
        """Run a cell as `run_cell` does, parsed once and with less around it.

        Returns
        -------
        bool or None
            Whether it ran to its end. None if it was not run, and is left to `run_cell`.
        """
        if (
            not self.may_be_plain(source)
            or any(mark in source for mark in NOT_PLAIN)
            or may_wait(source)
            or self.ast_transformers
            or self.ast_node_interactivity != "last_expr"
        ):
            return None
        count = self.execution_count
        text = source if source.endswith("\n") else source + "\n"
        name = self.compile.cache(text, count, raw_code=source)
        codes = self.compiled(text, name)
        if codes is None:
            return None
        info = ExecutionInfo(source, True, False, True, None, transformed_cell=text)  # type: ignore[no-untyped-call]
        result: Any = ExecutionResult(info)  # type: ignore[no-untyped-call]
        result.execution_count = count
        self.execution_count = count + 1
        try:
            self.events.trigger("pre_execute")
            self.events.trigger("pre_run_cell", info)
            self.history_manager.store_inputs(count, text, source)
            with self.builtin_trap, self.display_trap:
                self.displayhook.exec_result = result
                raised = any(at_once(self.run_code(code, result)) for code in codes)
                self.last_execution_succeeded = not raised
                self.last_execution_result = result
                self.displayhook.exec_result = None
        finally:
            self.events.trigger("post_execute")
            self.events.trigger("post_run_cell", result)
        return bool(result.success)

    def compiled(self, text: str, name: str) -> list[CodeType] | None:
        """Return the code of a cell, that of a last line which shows something by itself.

        None for one that cannot be compiled: what stands before the fault is run all the same.
        """
        compiler: Any = self.compile
        try:
            body = compiler.ast_parse(text, filename=name).body
            shown = body[-1:] if isinstance(body[-1], ast.Expr) else []
            rest = body[: len(body) - len(shown)]
            codes = [compiler(ast.Module(rest, type_ignores=[]), name, "exec")] if rest else []
            return codes + [compiler(ast.Interactive([each]), name, "single") for each in shown]
        except Exception:
            return None

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
    cells_run.watch(shell)
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
        done = shell.run_plain(source)
        if done is None:
            result = shell.run_cell(source, store_history=True)  # type: ignore[no-untyped-call]
            done = bool(result.success)
    finally:
        sys.stdout, sys.stderr = before
        for each in only:
            shell.ast_transformers.remove(each)
    return shell.outputs.items, done
