"""Go on when nobody reads what is printed any more, as after ``| head``."""

import os
import sys
from typing import Any, TextIO, cast


class Unread:
    """A stream of this process; once its reader is gone, what is written to it goes nowhere."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def write(self, text: str) -> int:
        """Write a text, if there is a reader."""
        try:
            return self.stream.write(text)
        except BrokenPipeError:
            self._to_nowhere()
            return len(text)

    def flush(self) -> None:
        """Write what was kept back, if there is a reader; the interpreter does so as it ends."""
        try:
            self.stream.flush()
        except BrokenPipeError:
            self._to_nowhere()

    def _to_nowhere(self) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.stream.fileno())
        os.close(nowhere)


def go_on_unread() -> None:
    """Let a command do all that it was asked to do, whoever reads of it."""
    sys.stdout = cast(TextIO, Unread(sys.stdout))
    sys.stderr = cast(TextIO, Unread(sys.stderr))
