"""Pictures that were handed in as files, in the page of the notebook beside which they lie."""

import base64
import re
import secrets
from collections.abc import Mapping, MutableMapping
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

from autograde.base.harmless import harmless

LARGEST_PICTURE = 12_000_000
ALL_PICTURES = 40_000_000
"""Bytes on one page: some photographs of paper as a telephone takes them."""

STARTS = {
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "jpeg",
    b"GIF87a": "gif",
    b"GIF89a": "gif",
}
"""How a picture begins, whatever its file is called. SVG is a document, and not here."""

IN_HTML = re.compile(r"""(<img\b[^<>]{0,500}?\ssrc=)(["'])([^"'<>]{1,500})\2""", re.IGNORECASE)


class Pictures:
    """The pictures beside one notebook, up to a size; a page counts them together.

    Parameters
    ----------
    folder : Path
        The notebook's, in ``autograded``: files have harmless names there.
    page : mapping
        What is kept of the page that is being made.
    """

    def __init__(self, folder: Path, page: MutableMapping[str, Any]) -> None:
        self.folder = folder
        self.page = page

    def inlined(self, source: str) -> str | None:
        """Return a word for a picture, which `put_in` replaces; None if it is none or too large."""
        path = self.find(source)
        if path is None:
            return None
        size, left = path.stat().st_size, self.page.get("pictures_left", ALL_PICTURES)
        if size > min(left, LARGEST_PICTURE):
            return None
        content = path.read_bytes()
        kinds = [kind for start, kind in STARTS.items() if content.startswith(start)]
        if not kinds:
            return None
        self.page["pictures_left"] = left - len(content)
        start = f"data:image/{kinds[0]};base64,"
        # To clean a page takes seconds for each photograph in it: it gets a word until then.
        word = f"{start}{secrets.token_hex(16)}"
        self.page.setdefault("pictures", {})[word] = start + base64.b64encode(content).decode()
        return word

    def find(self, source: str) -> Path | None:
        """Return the file that a notebook names, if it lies beside or below the notebook."""
        if ":" in source or "\\" in source or "\0" in source:
            return None
        parts = PurePosixPath(unquote(source.split("?")[0].split("#")[0])).parts
        if not parts or parts[0] == "/" or ".." in parts or any("\0" in each for each in parts):
            return None
        path = self.folder
        try:
            for part in harmless(PurePosixPath(*parts)).parts:
                path /= part
                if path.is_symlink():
                    return None
            return path if path.is_file() else None
        except OSError:  # a name that is too long
            return None

    def in_html(self, html: str) -> str:
        """Return HTML in which pictures are named, with them."""
        return IN_HTML.sub(self._put, html)

    def _put(self, found: re.Match[str]) -> str:
        start, quote, source = found.groups()
        return f"{start}{quote}{self.inlined(source) or source}{quote}"


def put_in(html: str, page: Mapping[str, Any]) -> str:
    """Return a page with its pictures, when it is clean."""
    for word, picture in page.get("pictures", {}).items():
        html = html.replace(word, picture)
    return html
