"""What the given cells of a notebook show: with the instructor's answers, and with none.

Both are found out once for a class, in a jail of their own that ends before a submission is run.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autograde.jail.outputs import checked
from autograde.jail.worker import Ended, Jail
from autograde.judging.proxy import Connection
from autograde.notebooks.released import SourceCell


@dataclass(frozen=True)
class Shown:
    """What one given cell shows.

    Attributes
    ----------
    outputs : list
    touched : tuple of str
        The exercises that it looked into.
    filled : tuple of str
        Those of them that were filled in when it ran: not those of other notebooks, nor of
        exercises further down.
    calls : str or None
        What it asked of these, to be asked of a submission as well; None if that cannot be
        repeated. For the jail; nothing here looks into it.
    """

    outputs: list[dict[str, Any]]
    touched: tuple[str, ...]
    filled: tuple[str, ...]
    calls: str | None


@dataclass(frozen=True)
class Canon:
    """What all given cells show, by their id; those that fail are not there."""

    solved: dict[str, Shown]
    empty: dict[str, Shown]


def canon(source: Sequence[SourceCell], seconds: float) -> Canon:
    """Run the instructor's notebook, with its answers and without.

    Parameters
    ----------
    source : sequence of SourceCell
    seconds : float
        For one cell.

    Raises
    ------
    NoJail, Infrastructure
    """
    cells = [cell for cell in source if cell.code and not cell.test and cell.cell_id]
    with Jail() as jail:
        return Canon(
            run(jail, cells, seconds),
            run(jail, [cell for cell in cells if not cell.answer], seconds),
        )


def run(jail: Jail, cells: Sequence[SourceCell], seconds: float) -> dict[str, Shown]:
    """Run some cells in order; what the given ones among them show."""
    found: dict[str, Shown] = {}
    with jail.job() as job:
        connection = Connection(job)
        job.request({"op": "watch"}, seconds)
        for cell in cells:
            try:
                reply = connection.run({"op": "cell", "source": cell.source}, seconds)
            except Ended:
                return found
            watched = reply.get("watched", {})
            if reply.get("done") is True and not cell.answer and cell.cell_id:
                found[cell.cell_id] = Shown(
                    checked(reply.get("outputs")),
                    tuple(watched["touched"]),
                    tuple(watched["filled"]),
                    watched["calls"],
                )
    return found
