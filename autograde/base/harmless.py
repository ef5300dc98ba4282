"""What a file that was handed in is called beside the graded notebook."""

from pathlib import PurePath

DATA = frozenset(
    (".csv", ".gif", ".jpeg", ".jpg", ".md", ".npy", ".npz", ".pdf", ".png", ".tsv", ".txt")
)
"""How the names of files end that keep theirs."""


def harmless(name: PurePath) -> PurePath:
    """What a file is called there. A name that is harmless already stays as it is."""
    *folders, last = name.parts
    if PurePath(last).suffix.lower() not in DATA:
        last += ".txt"
    return PurePath(*(each if each.endswith(".d") else f"{each}.d" for each in folders), last)
