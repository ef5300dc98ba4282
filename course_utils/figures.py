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
    import matplotlib.pyplot as plt
    from IPython.display import display

    if not alt.strip():
        raise ValueError("every figure needs an alt text: say what there is to see")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=144, bbox_inches="tight", facecolor="white")
    plt.close(figure)
    picture = base64.b64encode(buffer.getvalue()).decode("ascii")
    # 144 dots to the inch, shown at CSS's 96: text has the size it says.
    width = int.from_bytes(buffer.getvalue()[16:20], "big") * 2 // 3
    image = (
        f'<img src="data:image/png;base64,{picture}" alt="{html.escape(alt)}" '
        f'width="{width}" style="max-width: 100%; height: auto;">'
    )
    display(  # type: ignore[no-untyped-call]
        {"text/html": image, "image/png": picture, "text/plain": f"Figure: {alt}"},
        metadata={"image/png": {"alt": alt, "width": width}},
        raw=True,
    )
