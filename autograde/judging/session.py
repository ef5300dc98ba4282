"""One submission in the jail, cell by cell; what ends its process does not end its grading."""

from __future__ import annotations

import ast
import base64
import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from autograde.jail.outputs import checked
from autograde.jail.worker import CALL, CELL, TIMEOUT, Ended, Infrastructure, Jail
from autograde.judging import judge
from autograde.judging.judge import Judged
from autograde.judging.proxy import Connection
from autograde.judging.standing import Standing

WHOLE = 900.0
"""Seconds for all that one submission does."""

RETRIES = 2
"""How often a failure of ours is mended before the submission is given up, ungraded."""


class Session:
    """Runs the cells of one notebook and judges its tests, in the order of the notebook.

    Parameters
    ----------
    jail : Jail
    cell, call, whole : float
        Seconds for one cell, for one call of a function, and for everything.
    files : mapping
        What is to be found in the folder in which the cells run.
    """

    def __init__(
        self,
        jail: Jail,
        *,
        cell: float = CELL,
        call: float = CALL,
        whole: float = WHOLE,
        files: Mapping[str, bytes] | None = None,
    ) -> None:
        self.files = {
            name: base64.b64encode(content).decode("ascii")
            for name, content in (files or {}).items()
        }
        self.jail = jail
        self.cell = cell
        self.call = call
        self.until = time.monotonic() + whole
        self.ran: list[dict[str, Any]] = []
        self.connection: Connection | None = None
        self.failures = 0
        self.standing = Standing()

    def close(self) -> None:
        """End the submission's process."""
        if self.connection is not None:
            self.connection.job.close()
            self.connection = None

    def run(self, source: str, *, definitions: bool = False) -> list[dict[str, Any]]:
        """Run one cell, or only what it defines; what it prints and shows, or how it ended.

        Raises
        ------
        Infrastructure
            If it could not be run, through no fault of its own.
        """
        message: dict[str, Any] = {"op": "cell", "source": source, "definitions": definitions}
        before: dict[str, int] = {}
        while True:
            try:
                connection = self._connected()
                connection.sources = [*self._sources(), source]
                before = dict(connection.times)
                if known := self.standing.known(before):
                    message["faults"] = known
                reply = connection.run(message, self._left(self.cell))
            except Ended as end:
                self.connection = None
                if self._goes_on_without():
                    continue
                self.standing.forget_after(before)
                return [judge.error_output(end.verdict.capitalize(), f"{end}", [f"{end}"])]
            except Infrastructure as failure:
                self._again(failure)
                continue
            self.ran.append(message)
            return checked(reply.get("outputs"))

    def state(self, filled: Sequence[str], calls: str) -> str:
        """Say how exercises answer recorded calls: ``"same"``, ``"empty"`` or ``"other"``."""
        try:
            connection = self._connected()
            if not connection.faults().keys().isdisjoint(filled):
                return "other"
            message = {"op": "state", "filled": list(filled), "calls": calls}
            reply = connection.run(message, self._left(self.call))
        except Ended:
            self.connection = None
            return "other"
        return str(reply.get("state"))

    def judge(self, source: str, trusted: Mapping[str, Any], seed: int) -> Judged:
        """Run one test against the functions that the cells have defined so far.

        Raises
        ------
        Infrastructure
        """
        while True:
            try:
                connection = self._connected()
                self._left(self.call)
                connection.sources = self._sources()
                judged = judge.run(source, trusted, connection, seed)
            except Ended as end:
                judged = judge.halted(end)
            except Infrastructure as failure:
                self._again(failure)
                continue
            if self.connection is not None and self.connection.job.over:
                self.connection = None
            if judged.failure is not None:
                self._again(judged.failure)
            elif not self._goes_on_without():
                return judged

    def _connected(self) -> Connection:
        """Return the submission's process; a new one repeats the cells that ran to their end."""
        if self.connection is None:
            connection = Connection(self.jail.job(), self.call, self.until, self.standing)
            connection.aside = partial(judge.aside, connection)
            try:
                if self.files:
                    message = {"op": "files", "files": self.files}
                    connection.job.request(message, self._left(self.cell))
                for message in self.ran:
                    connection.run(message, self._left(self.cell))
            except BaseException:
                connection.job.close()  # its threads would go on beside the next submission
                raise
            self.connection = connection
        return self.connection

    def _sources(self) -> list[str]:
        return [each["source"] for each in self.ran]

    def _goes_on_without(self) -> bool:
        """Tell whether what ended the job was an answer aside, which now is known to be wrong."""
        interrupted, self.standing.interrupted = self.standing.interrupted, False
        return interrupted

    def _left(self, seconds: float) -> float:
        """Seconds that the next step may take.

        Raises
        ------
        Ended
            If there are none left.
        """
        left = self.until - time.monotonic()
        if left <= 0:
            self.close()
            raise Ended(TIMEOUT, "the notebook as a whole took too long")
        return min(seconds, left)

    def _again(self, failure: Infrastructure) -> None:
        """Get ready to repeat what failed."""
        self.failures += 1
        self.connection = None
        with contextlib.suppress(Infrastructure):
            self.jail.stop()
        if self.failures > RETRIES:
            raise failure


def trusted_names(sources: list[str]) -> Imports:
    """Return what the import statements of the instructor's cells bind."""
    found = Imports()
    for source in sources:
        try:
            tree = ast.parse(source)
        except SyntaxError:  # a magic: such a cell imports nothing that a test could need
            continue
        for node in tree.body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                found.add(node)
    return found


class Imports(Mapping[str, Any]):
    """Names that import statements bind; a statement is run when a name of its is looked up.

    Few tests need what a notebook draws with, and that takes as long to import as to grade ten.
    """

    def __init__(self) -> None:
        self.bound: dict[str, Any] = {}
        self.waiting: dict[str, list[ast.stmt]] = {}

    def add(self, node: ast.Import | ast.ImportFrom) -> None:
        """Add a statement, after all others."""
        for alias in node.names:
            if alias.name == "*":
                self.bound |= bound_by([node])
                continue
            name = alias.asname or alias.name.split(".")[0]
            # All that bind it: `import a.b` adds to what `import a` has bound.
            self.waiting.setdefault(name, []).append(node)

    def __getitem__(self, name: str) -> Any:
        if name in self.waiting:
            self.bound[name] = bound_by(self.waiting.pop(name))[name]
        return self.bound[name]

    def __contains__(self, name: object) -> bool:
        return name in self.waiting or name in self.bound

    def __iter__(self) -> Iterator[str]:
        return iter({**self.waiting, **self.bound})

    def __len__(self) -> int:
        return len({**self.waiting, **self.bound})


def bound_by(nodes: list[ast.stmt]) -> dict[str, Any]:
    """Run import statements; what they bind."""
    names: dict[str, Any] = {}
    exec(compile(ast.Module(nodes, type_ignores=[]), "<imports>", "exec"), names)
    names.pop("__builtins__", None)
    return names
