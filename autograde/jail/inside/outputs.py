"""Catch what a cell prints, shows and returns, in order, as nbformat has it."""

from __future__ import annotations

import io
from typing import Any

LARGEST_STREAM = 200_000
LARGEST_DATA = 3 * 2**20
MOST = 400
KEPT = ("text/plain", "image/png")


class Outputs:
    """The outputs of one cell."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []
        self.left = {"stream": LARGEST_STREAM, "data": LARGEST_DATA}
        self.by_id: dict[str, dict[str, Any]] = {}

    def clear(self) -> None:
        """Begin a new cell; what has a display id can still be updated from it."""
        self.items = []
        self.left = {"stream": LARGEST_STREAM, "data": LARGEST_DATA}

    def write(self, name: str, text: str) -> None:
        """Add to a stream; what is too much is cut off, once."""
        left = self.left["stream"]
        if left <= 0 or not text:
            return
        if len(text) > left:
            text = text[:left] + "\n... Output truncated ...\n"
        self.left["stream"] = left - len(text)
        last = self.items[-1] if self.items else {}
        if last.get("output_type") == "stream" and last.get("name") == name:
            last["text"] += text
        else:
            self._add({"output_type": "stream", "name": name, "text": text})

    def show(
        self, data: dict[str, Any], metadata: dict[str, Any], *, count: int | None = None
    ) -> dict[str, Any]:
        """Add what is displayed, or returned where `count` is given."""
        kept, described = self._forms(data, metadata)
        item: dict[str, Any] = {"output_type": "display_data", "data": kept, "metadata": described}
        if count is not None:
            item |= {"output_type": "execute_result", "execution_count": count}
        self._add(item)
        return item

    def update(self, identity: str, data: dict[str, Any], metadata: dict[str, Any]) -> None:
        """Change what was displayed under a display id."""
        item = self.by_id.get(identity)
        if item is not None:
            item["data"], item["metadata"] = self._forms(data, metadata)

    def fail(self, name: str, value: str, lines: list[str]) -> None:
        """Add an exception."""
        self._add(
            {
                "output_type": "error",
                "ename": name[:200],
                "evalue": value[:LARGEST_STREAM],
                "traceback": [line[:LARGEST_STREAM] for line in lines[:MOST]],
            }
        )

    def _add(self, item: dict[str, Any]) -> None:
        if len(self.items) < MOST:
            self.items.append(item)

    def _forms(
        self, data: dict[str, Any], metadata: dict[str, Any]
    ) -> tuple[dict[str, str], dict[str, Any]]:
        kept: dict[str, str] = {}
        for kind in KEPT:
            content = data.get(kind)
            if isinstance(content, bytes):
                import base64

                content = base64.b64encode(content).decode("ascii")
            if isinstance(content, str) and len(content) <= self.left["data"]:
                self.left["data"] -= len(content)
                kept[kind] = content
        described = {}
        for kind in kept:
            about = metadata.get(kind)
            if isinstance(about, dict):
                described[kind] = {
                    key: about[key] for key in ("alt", "width", "height") if key in about
                }
        return kept, described


class Stream(io.TextIOBase):
    """Stands for sys.stdout or sys.stderr."""

    def __init__(self, name: str, outputs: Outputs) -> None:
        self.label = name
        self.outputs = outputs

    encoding = "utf-8"

    def writable(self) -> bool:
        """It can be written to."""
        return True

    def write(self, text: str) -> int:
        """Keep `text`."""
        self.outputs.write(self.label, str(text))
        return len(text)

    def isatty(self) -> bool:
        """It is no terminal."""
        return False
