"""CSV as spreadsheets and learning platforms write it."""

import codecs
import csv
from pathlib import Path

from autograde.base.errors import AutogradeError

DELIMITERS = ",;\t"


def read_spreadsheet(path: Path, what: str) -> list[list[str]]:
    """The lines of a CSV file, each cell without spaces around it.

    Raises
    ------
    AutogradeError
        If the file cannot be read; `what` says what it should be.
    """
    try:
        text = decoded(path.read_bytes())
        first, _, rest = text.partition("\n")
        if first.strip().lower().startswith("sep="):  # how Excel is told the delimiter
            delimiter, text = first.strip()[4:5] or "\t", rest
        else:
            delimiter = max(DELIMITERS, key=first.count)
        lines = list(csv.reader(text.splitlines(True), delimiter=delimiter))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise AutogradeError(f"{what} {path} cannot be read ({error})") from None
    return [[cell.strip() for cell in line] for line in lines]


def decoded(content: bytes) -> str:
    """The text of a file; Excel's "CSV" is in the code page of western Windows."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")
