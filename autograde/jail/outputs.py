"""What a submission's cells printed and showed, as far as it may be kept: text and PNG."""

from __future__ import annotations

import base64
import binascii
from typing import Any

MOST = 400
LARGEST_TEXT = 250_000
LARGEST_PICTURE = 4 * 2**20
PNG = b"\x89PNG\r\n\x1a\n"
MOST_CELLS_RUN = 1_000_000
WIDEST = 10_000
"""Pixels of a picture, each way."""


def checked(items: Any) -> list[dict[str, Any]]:
    """Return the outputs among `items`, each of known form; everything else is left out."""
    if not isinstance(items, list):
        return []
    found = [_one(item) for item in items[:MOST] if isinstance(item, dict)]
    return [item for item in found if item is not None]


def _one(item: dict[str, Any]) -> dict[str, Any] | None:
    kind = item.get("output_type")
    if kind == "stream":
        name = "stderr" if item.get("name") == "stderr" else "stdout"
        return {"output_type": "stream", "name": name, "text": _text(item.get("text"))}
    if kind == "error":
        lines = item.get("traceback")
        return {
            "output_type": "error",
            "ename": _text(item.get("ename")),
            "evalue": _text(item.get("evalue")),
            "traceback": [_text(line) for line in lines[:MOST]] if isinstance(lines, list) else [],
        }
    if kind in ("display_data", "execute_result"):
        data = _data(item.get("data"))
        if not data:
            return None
        output = {"output_type": kind, "data": data, "metadata": _about(item.get("metadata"), data)}
        if kind == "execute_result":
            count = item.get("execution_count")
            output["execution_count"] = count if is_number(count, MOST_CELLS_RUN) else None
        return output
    return None


def is_number(value: Any, most: int) -> bool:
    """Tell whether something is a whole number that a page can be made with."""
    return type(value) is int and 0 <= value <= most


def _text(value: Any) -> str:
    return value[:LARGEST_TEXT] if isinstance(value, str) else ""


def _data(data: Any) -> dict[str, str]:
    if not isinstance(data, dict):
        return {}
    kept = {}
    if isinstance(data.get("text/plain"), str):
        kept["text/plain"] = _text(data["text/plain"])
    picture = data.get("image/png")
    if isinstance(picture, str) and len(picture) <= LARGEST_PICTURE:
        try:
            content = base64.b64decode(picture, validate=False)
        except (binascii.Error, ValueError):
            return kept
        if content.startswith(PNG):
            # Encoded here, so that nothing but the picture is in the page.
            kept["image/png"] = base64.b64encode(content).decode("ascii")
    return kept


def _about(metadata: Any, data: dict[str, str]) -> dict[str, Any]:
    about = metadata.get("image/png") if isinstance(metadata, dict) else None
    if "image/png" not in data or not isinstance(about, dict):
        return {}
    kept: dict[str, Any] = {
        k: about[k] for k in ("width", "height") if is_number(about.get(k), WIDEST)
    }
    if isinstance(about.get("alt"), str):
        kept["alt"] = about["alt"][:2000]
    return {"image/png": kept}
