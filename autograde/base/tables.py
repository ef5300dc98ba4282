"""Tables on a terminal."""

from collections.abc import Sequence


def table(header: Sequence[str], rows: Sequence[Sequence[str]], left: int = 2) -> str:
    """Columns as wide as they need to be; the first `left` are flush left, the others right."""
    lines = [list(header), *([plain(cell) for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column < left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def plain(text: str) -> str:
    """`text` with what would move the cursor, or cannot be printed at all, as an escape.

    A submission names its files and cells: a name must not write lines of its own.
    """
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in text
    )


def cut(text: str, longest: int) -> str:
    """`text`, with its end left out if it is longer."""
    return text if len(text) <= longest else f"{text[: longest - 4]} ..."


def points(score: float | None) -> str:
    """A score without needless zeros; a dash where there is none."""
    return "-" if score is None else f"{score:g}"


def lateness(dated: bool, seconds: float) -> str:
    """By how much something is late; "no date" where that is not known."""
    if not dated:
        return "no date"
    days, minutes = divmod(-int(-seconds // 60), 24 * 60)
    parts = [(days, "d"), (minutes // 60, "h"), (minutes % 60, "min")]
    return " ".join([f"{number} {unit}" for number, unit in parts if number][:2])
