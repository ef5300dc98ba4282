"""What the given cells of a notebook show when nothing is filled in: one run for a whole class."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autograde.engine.outputs import checked
from autograde.engine.worker import Ended, Jail


@dataclass(frozen=True)
class CleanCell:
    """One given cell.

    Attributes
    ----------
    outputs : list
    same : bool
        Whether it shows this to everybody: it ran to its end, and used no answer.
    """

    outputs: list[dict[str, Any]]
    same: bool


def clean_run(jail: Jail, sources: Mapping[str, str], seconds: float) -> dict[str, CleanCell]:
    """Run the given cells alone, in order.

    Parameters
    ----------
    jail : Jail
    sources : mapping
        The text of each given cell, by its id.
    seconds : float
        For one cell.

    Raises
    ------
    Infrastructure
    """
    found: dict[str, CleanCell] = {}
    with jail.job() as job:
        job.request({"op": "watch"}, seconds)
        for cell_id, source in sources.items():
            try:
                reply = job.request({"op": "cell", "source": source}, seconds)
            except Ended:
                return found
            same = reply.get("done") is True and not reply.get("touched")
            found[cell_id] = CleanCell(checked(reply.get("outputs")), same)
    return found
