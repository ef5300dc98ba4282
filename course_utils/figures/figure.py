"""Showing a figure with the sentence that stands in for it.

The alternative text goes along in every form a notebook front end may choose:
HTML for JupyterLab, PNG where HTML is stripped (feedback, an untrusted
notebook), plain text in a terminal.
"""

from __future__ import annotations

import base64
import html
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
"""Okabe and Ito's colours, told apart with any colour vision: blue, orange, green, …"""


def show(figure: Figure, alt: str) -> None:
    """Display `figure` under this cell and close it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    alt : str
        What there is to see, for readers who do not see it: the axes, the shape
        of the curve, the conclusion. Not empty.

    Raises
    ------
    ValueError
        If `alt` is empty.
    """
    require_alt(alt)
    picture = as_png(figure, dpi=144, tight=True)
    # 144 dots to the inch, shown at CSS's 96: text has the size it says.
    width = width_of(picture) * 2 // 3
    publish(image(picture, alt, width), picture, alt, width)


def require_alt(alt: str) -> None:
    """Refuse a picture that nothing is said of."""
    if not alt.strip():
        raise ValueError("every figure needs an alt text: say what there is to see")


def as_png(figure: Figure, *, dpi: int, tight: bool) -> bytes:
    """Draw `figure` on white, close it, and return the PNG; `tight` cuts off empty margins."""
    import matplotlib.pyplot as plt

    buffer = io.BytesIO()
    box = "tight" if tight else None
    figure.savefig(buffer, format="png", dpi=dpi, bbox_inches=box, facecolor="white")
    plt.close(figure)
    return buffer.getvalue()


def width_of(picture: bytes) -> int:
    """Return the width of a PNG, in dots."""
    return int.from_bytes(picture[16:20], "big")


def as_text(picture: bytes) -> str:
    """Return a PNG as HTML and notebooks hold it."""
    return base64.b64encode(picture).decode("ascii")


def image(picture: bytes, alt: str, width: int) -> str:
    """Return an HTML element that shows a PNG."""
    return (
        f'<img src="data:image/png;base64,{as_text(picture)}" alt="{html.escape(alt)}" '
        f'width="{width}" style="max-width: 100%; height: auto;">'
    )


def publish(element: str, picture: bytes, alt: str, width: int) -> None:
    """Display HTML; where it is not taken the picture stands, and its text where that is not."""
    from IPython.display import display

    display(  # type: ignore[no-untyped-call]
        {"text/html": element, "image/png": as_text(picture), "text/plain": f"Figure: {alt}"},
        metadata={"image/png": {"alt": alt, "width": width}},
        raw=True,
    )
