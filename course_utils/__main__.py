"""`python -m course_utils`: the progress view in the terminal."""

from __future__ import annotations

import argparse
import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence

from course_utils.exercises.registry import Exercise
from course_utils.progress.points import NotebookPoints
from course_utils.progress.progress import (
    FILLED_IN,
    NOT_FINISHED,
    WRONG,
    Progress,
    Row,
    chosen,
    listed,
    make_row,
    points_of,
    row_of,
)

LIMIT = 60.0
"""Seconds that one exercise's check may take."""

MARK = "course_utils row: "
"""What a line of the checking process begins with; an answer may print anything else."""


def main(arguments: list[str] | None = None) -> int:
    """Print the progress; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m course_utils", description="Which exercises are filled in, and right."
    )
    parser.add_argument("notebook", nargs="?", default="", help="only this one, such as 02")
    parser.add_argument("--quick", action="store_true", help="list, without checking")
    parser.add_argument("--rows", nargs="*", metavar="EXERCISE", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    try:
        slots = chosen(given.notebook)
    except ValueError as error:
        parser.error(str(error))
    points = points_of(slots)
    if given.rows is not None:
        for slot in [slot for slot in slots if slot.name in given.rows]:
            row = row_of(slot, points[slot.notebook])
            told = json.dumps([slot.name, row.state, row.note, row.reached])
            print(f"\n{MARK}{told}", flush=True)
        return 0
    if given.quick:
        rows = iter([listed(slot, points[slot.notebook]) for slot in slots])
    else:
        rows = checked_apart(slots, points)
    try:
        show(rows, points, checked=not given.quick)
    except KeyboardInterrupt:
        return 130  # what is printed so far stands; a stack would say nothing more
    return 0


def show(rows: Iterator[Row], points: dict[str, NotebookPoints], *, checked: bool) -> None:
    """Print each row when it is there, and what sums them up."""
    hand = {name: tuple(found.by_hand) for name, found in points.items()}
    seen: list[Row] = []

    def close() -> None:
        if seen:
            for line in Progress(tuple(seen), hand, checked).closing(seen[-1].notebook):
                print(f"  {line}")
            print()

    for row in rows:
        if not seen or seen[-1].notebook != row.notebook:
            close()
            print(row.notebook)
        print("\n".join(row.lines()), flush=True)
        seen.append(row)
    close()
    print("\n".join(Progress(tuple(seen), hand, checked).total()))


def checked_apart(
    slots: Sequence[Exercise], points: dict[str, NotebookPoints], limit: float = LIMIT
) -> Iterator[Row]:
    """Check in a process of its own: an answer may never end, or end its process.

    Such a one is told of, and a new process goes on with the next.
    """
    states = {slot.name: listed(slot, points[slot.notebook]) for slot in slots}
    checking = _Checking([slot for slot in slots if states[slot.name].state == FILLED_IN], limit)
    try:
        for slot in slots:
            at, without_check = points[slot.notebook], states[slot.name]
            if without_check.state == FILLED_IN:
                yield make_row(slot, at, *checking.result(slot.name))
            else:
                yield make_row(slot, at, without_check.state, without_check.note, 0.0)
    finally:
        checking.stop()  # an answer may catch Ctrl-C, and would run on for ever


class _Checking:
    """A process that checks exercises one after the other."""

    def __init__(self, slots: Sequence[Exercise], limit: float) -> None:
        self.left = [slot.name for slot in slots]
        self.limit = limit
        self.process: subprocess.Popen[str] | None = None
        self.lines: queue.Queue[str | None] = queue.Queue()

    def result(self, name: str) -> tuple[str, str, float | None]:
        """Return the state of the next exercise, what is the matter, and its points."""
        if self.process is None:
            self._start()
        ends = time.monotonic() + self.limit
        while True:
            try:
                line = self.lines.get(timeout=max(0.0, ends - time.monotonic()))
            except queue.Empty:
                self.stop()
                self.left.remove(name)
                return NOT_FINISHED, f"stopped after {self.limit:g} seconds", 0.0
            if line is None:
                self.stop()
                self.left.remove(name)
                return WRONG, "the answer ended Python", 0.0
            told, state, note, reached = json.loads(line.removeprefix(MARK))
            if told == name:
                self.left.remove(name)
                return state, note, reached

    def _start(self) -> None:
        command = [sys.executable, "-m", "course_utils", "--rows", *self.left]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        self.lines = queue.Queue()
        threading.Thread(target=_read, args=(self.process, self.lines), daemon=True).start()

    def stop(self) -> None:
        """End the process, if there is one."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def _read(process: subprocess.Popen[str], lines: queue.Queue[str | None]) -> None:
    assert process.stdout is not None
    with process.stdout:
        for line in process.stdout:
            # Nothing else is kept: an answer that never ends can print all the while.
            if line.startswith(MARK):
                lines.put(line)
    lines.put(None)


if __name__ == "__main__":
    sys.exit(main())
