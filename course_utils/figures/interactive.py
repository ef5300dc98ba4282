"""Pictures with a control: frames along a slider, and a graph that is stepped through.

A player is one piece of HTML with everything in it: no kernel, no library, no
network. It works in JupyterLab, in the browser build and on a static page, and from
the keyboard. Where scripts are stripped (an untrusted notebook, feedback, print) a
still picture with its alternative text stands, and no control that does nothing.
"""

from __future__ import annotations

import html
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.exercises import store
from course_utils.figures.figure import (
    COLOURS,
    as_png,
    as_text,
    image,
    publish,
    require_alt,
    width_of,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 110
SHADES = 63  # and one for what is transparent
READABLE = 600  # a window narrower than this scrolls a picture, for its text would be too small

# A script takes the still picture's place by adding to it. It finds its own player: a page
# may hold many, and a notebook may show the same one twice. Controls keep JupyterLab's
# shortcuts away from the keys that they use themselves.
_FRAMES = """
(() => {
  const root = document.currentScript.parentElement, data = DATA;
  const still = root.querySelector("img"), said = root.querySelector("p");
  const box = document.createElement("div"), stack = document.createElement("div");
  const layer = document.createElement("img");
  const line = document.createElement("label"), slider = document.createElement("input");
  box.style.overflowX = "auto";
  stack.style.cssText = "position: relative; max-width: 100%; width: " + still.width +
    "px; min-width: " + Math.min(still.width, READABLE) + "px;";
  still.style.cssText = "display: block; margin: 0; width: 100%; max-width: none; height: auto;";
  layer.style.cssText = still.style.cssText + "position: absolute; top: 0; left: 0;";
  layer.alt = "";
  line.style.cssText = "display: flex; gap: 0.8em; align-items: center; max-width: 40em;";
  slider.type = "range"; slider.min = 0; slider.max = data.frames.length - 1;
  slider.value = data.still; slider.style.cssText = "flex: 1; min-width: 8em; height: 2em;";
  slider.setAttribute("data-lm-suppress-shortcuts", "true");
  const show = () => {
    const frame = data.frames[slider.value];
    layer.src = "data:image/png;base64," + frame.changed;
    still.alt = frame.alt;
    said.textContent = frame.caption;
    slider.setAttribute("aria-valuetext", frame.caption);
  };
  slider.addEventListener("input", show);
  line.append(data.label, slider);
  still.replaceWith(box);
  stack.append(still, layer);
  box.append(stack);
  root.insertBefore(line, box);
  show();
})();
"""

_GRAPH = """
(() => {
  const root = document.currentScript.parentElement, data = DATA;
  const said = root.querySelector("p"), box = document.createElement("div");
  box.innerHTML = data.picture;
  const graph = box.firstElementChild, line = document.createElement("div");
  box.style.overflowX = "auto";
  let step = 0;
  const button = (text, name, move) => {
    const made = document.createElement("button");
    made.type = "button"; made.textContent = text; made.setAttribute("aria-label", name);
    made.setAttribute("data-lm-suppress-shortcuts", "true");
    made.style.cssText = "font: inherit; min-width: 3em; min-height: 2em; margin-right: 0.4em;";
    made.addEventListener("click", () => show(move()));
    line.append(made);
    return made;
  };
  const first = button("|\\u25c0", "to the start", () => 0);
  const back = button("\\u25c0", "one step back", () => step - 1);
  const next = button("\\u25b6", "next step", () => step + 1);
  const last = button("\\u25b6|", "to the end", () => data.steps.length - 1);
  const show = (to) => {
    step = Math.max(0, Math.min(data.steps.length - 1, to));
    for (const part of graph.querySelectorAll("[data-from]"))
      part.style.visibility = Number(part.dataset.from) <= step ? "visible" : "hidden";
    for (const part of graph.querySelectorAll("[data-at]"))
      part.style.strokeWidth = part.dataset.at.split(" ").includes(String(step)) ? 4 : "";
    said.textContent = "Step " + step + " of " + (data.steps.length - 1) + ". " + data.steps[step];
    for (const each of [first, back, next, last]) {
      const idle = step === (each === first || each === back ? 0 : data.steps.length - 1);
      each.setAttribute("aria-disabled", idle);
      each.style.opacity = idle ? 0.4 : 1;
    }
  };
  line.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by) { event.preventDefault(); show(step + by); }
  });
  root.replaceChild(box, root.querySelector("img"));
  root.insertBefore(line, box);
  show(0);
})();
"""


def play_frames(
    draw: Callable[[Any], Figure],
    values: Sequence[Any],
    *,
    label: str,
    alt: str | Sequence[str],
    captions: Sequence[str] | None = None,
    still: int = 0,
) -> None:
    """Show a figure that a slider changes.

    Parameters
    ----------
    draw : callable
        ``draw(value)`` returns a matplotlib figure; it is closed afterwards. All
        figures must have one size, with limits of their own, so that nothing jumps.
    values : sequence
        What `draw` is given, one frame each.
    label : str
        What the slider changes, in a few words.
    alt : str or sequence of str
        What there is to see, for readers who do not see it: one text for the still
        picture, which the other frames are given as well, or one for each frame.
    captions : sequence of str, optional
        What is said under each frame. ``"label = value"`` if left out.
    still : int
        Which frame is shown first, and alone where scripts are stripped.

    Raises
    ------
    ValueError
        If an alternative text is empty, or there is not one of each for every frame.
    """
    alts = [alt] * len(values) if isinstance(alt, str) else list(alt)
    captions = [f"{label} = {value:g}" for value in values] if captions is None else list(captions)
    if not len(values) == len(alts) == len(captions):
        raise ValueError(
            f"there are {len(values)} frames, {len(alts)} alt texts and {len(captions)} captions"
        )
    for each in alts:
        require_alt(each)
    still = range(len(values))[still]
    if store.grading():  # feedback holds pictures and no scripts
        picture = as_png(draw(values[still]), dpi=DPI, tight=False)
        width = width_of(picture) * 96 // DPI
        publish(image(picture, alts[still], width), picture, alts[still], width)
        return
    drawn = [as_png(draw(value), dpi=DPI, tight=False) for value in values]
    picture, changes = changed(drawn, still)
    frames = [
        {"changed": as_text(change), "alt": text, "caption": caption}
        for change, text, caption in zip(changes, alts, captions, strict=True)
    ]
    width = width_of(picture) * 96 // DPI
    player = _player(
        image(picture, alts[still], width),
        captions[still],
        _FRAMES,
        {"label": label, "still": still, "frames": frames},
    )
    publish(player, picture, alts[still], width)


@dataclass(frozen=True)
class Node:
    """One value in a computation.

    Attributes
    ----------
    name : str
        Its symbol, ``"z"``.
    value : array_like
        What was computed.
    grad : array_like
        The gradient of the last node with respect to this one, of the value's shape.
    forward : str
        How it is computed, ``"A x"``; empty for what is given.
    backward : str
        How its gradient comes about, ``"Aᵀ grad_z"``; empty for the last node.
    inputs : tuple of str
        The names of the nodes it is computed from.
    """

    name: str
    value: Any
    grad: Any
    forward: str = ""
    backward: str = ""
    inputs: tuple[str, ...] = ()


def play_graph(nodes: Sequence[Node], *, alt: str) -> None:
    """Show a computation as a graph that is stepped through, forward and then backward.

    Parameters
    ----------
    nodes : sequence of Node
        In an order in which they can be computed; the last one is the cost, a single
        number. Of arrays with more than four rows or columns the shape is shown.
    alt : str
        What there is to see in the finished graph.

    Raises
    ------
    ValueError
        If `alt` is empty, or a node uses one that does not come before it.
    """
    require_alt(alt)
    known: set[str] = set()
    for node in nodes:
        if missing := [name for name in node.inputs if name not in known]:
            raise ValueError(f"{node.name} uses {missing[0]}, which does not come before it")
        known.add(node.name)
    plan = _Plan(nodes)
    picture, _ = changed([as_png(_drawn(plan), dpi=DPI, tight=False)], 0)
    width = width_of(picture) * 96 // DPI
    player = _player(
        image(picture, alt, width),
        plan.steps[-1],
        _GRAPH,
        {"picture": _svg(plan, alt), "steps": plan.steps},
    )
    publish(player, picture, alt, width)


def changed(pictures: Sequence[bytes], still: int) -> tuple[bytes, list[bytes]]:
    """Return one of several PNGs with few colours, and what the others change in it.

    Axes and labels seldom change, so that what is laid over the still picture takes a
    third of the space of the frames themselves.

    Parameters
    ----------
    pictures : sequence of bytes
        PNGs of one size.
    still : int
        Which of them is returned whole.

    Returns
    -------
    tuple of (bytes, list of bytes)
        The still picture, and for each one a PNG that is transparent where it equals it.
    """
    from PIL import Image

    frames = []
    for picture in pictures:
        with Image.open(io.BytesIO(picture)) as opened:
            frames.append(np.asarray(opened.convert("RGB")))
    if len({frame.shape for frame in frames}) > 1:
        raise ValueError("the frames have different sizes: give every figure the same figsize")
    # One palette for all: with one of its own each frame would differ everywhere, a little.
    codes = [frame.astype(np.int32) @ np.array([1 << 16, 1 << 8, 1], np.int32) for frame in frames]
    used, counts = np.unique(np.stack(codes), return_counts=True)
    colours = np.stack([used >> 16, used >> 8 & 255, used & 255], axis=1)
    palette = [255, 255, 255]
    nearest, far = np.zeros(len(used), np.uint8), np.full(len(used), np.inf)
    for number in range(1, SHADES + 1):
        # The next shade is the one that most is wrong without: fills before edges of letters.
        colour = colours[np.argmax(counts if number == 1 else counts * far)]
        palette += colour.tolist()
        distance = ((colours - colour) ** 2).sum(axis=1)
        nearest[distance < far] = number
        far = np.minimum(far, distance)
    shades = [nearest[np.searchsorted(used, code)] for code in codes]

    def encoded(shade: Any, **how: Any) -> bytes:
        buffer = io.BytesIO()
        image = Image.frombytes("P", shade.shape[::-1], shade.tobytes())
        image.putpalette(palette)
        image.save(buffer, "PNG", optimize=True, **how)
        return buffer.getvalue()

    def over(shade: Any) -> Any:
        differs = shade != shades[still]
        # A browser that makes both smaller mixes each one's neighbouring dots: without a
        # margin of equal ones a little of what is covered would shine through.
        for axis in (0, 1) if differs.any() else ():
            differs = np.any([np.roll(differs, by, axis) for by in range(-3, 4)], axis=0)
        return np.where(differs, shade, np.uint8(0))

    return encoded(shades[still]), [encoded(over(shade), transparency=0) for shade in shades]


def _player(still: str, caption: str, script: str, data: dict[str, Any]) -> str:
    """Put the parts together; without its script the player is a picture with a caption."""
    # "</" would end the script wherever it stands in it.
    filled = script.strip().replace("READABLE", str(READABLE))
    filled = filled.replace("DATA", json.dumps(data).replace("</", "<\\/"), 1)
    return (
        f'<div class="player" style="max-width: 100%;">{still}'
        f'<p aria-live="polite">{html.escape(caption)}</p><script>{filled}</script></div>'
    )


# ------------------------------------------------------------------ the graph

_WIDE, _GAP, _ROW, _EDGE = 176, 60, 26, 10
_LINE, _HEAD = 20, 32


class _Plan:
    """Where the nodes of a graph are, and when what of them is shown."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes = list(nodes)
        self.rows = {n.name: (as_rows(n.value), as_rows(n.grad)) for n in nodes}
        self.high = {
            name: _HEAD + _LINE * (len(value) + len(grad)) + 14
            for name, (value, grad) in self.rows.items()
        }
        self._set_columns()
        self._set_places()
        self._set_steps()

    def _set_columns(self) -> None:
        self.column: dict[str, int] = {}
        for node in self.nodes:
            self.column[node.name] = 1 + max((self.column[i] for i in node.inputs), default=-1)
        # What is given stands just before what uses it first.
        for node in self.nodes:
            users = [self.column[n.name] for n in self.nodes if node.name in n.inputs]
            if not node.inputs and users:
                self.column[node.name] = min(users) - 1

    def _set_places(self) -> None:
        stacks: dict[int, list[str]] = {}
        for node in self.nodes:
            stacks.setdefault(self.column[node.name], []).append(node.name)
        heights = {
            column: sum(self.high[name] + _ROW for name in names) - _ROW
            for column, names in stacks.items()
        }
        self.width = 2 * _EDGE + max(stacks) * (_WIDE + _GAP) + _WIDE
        tallest = max(heights.values())
        self.height = 2 * _EDGE + tallest + _LINE
        self.place: dict[str, tuple[float, float]] = {}
        for column, names in stacks.items():
            y = _EDGE + (tallest - heights[column]) / 2
            for name in names:
                self.place[name] = (_EDGE + column * (_WIDE + _GAP), y)
                y += self.high[name] + _ROW

    def _set_steps(self) -> None:
        self.forward_at = {node.name: 0 for node in self.nodes if not node.inputs}
        # The numbers are said, too: a screen reader takes the graph as one picture.
        said = {name: tuple(map(_said, rows)) for name, rows in self.rows.items()}
        given = [f"{name} = {said[name][0]}" for name in self.forward_at]
        self.steps = ["Given: " + ", ".join(given) + "."]
        for node in self.nodes:
            if node.inputs:
                self.forward_at[node.name] = len(self.steps)
                self.steps.append(f"Forward: {node.name} = {node.forward} = {said[node.name][0]}.")
        self.backward_at: dict[str, int] = {}
        for node in reversed(self.nodes):
            self.backward_at[node.name] = len(self.steps)
            how = "1: it is the cost itself"
            if node.backward:
                how = f"{node.backward}: {said[node.name][1]}"
            self.steps.append(f"Backward: the gradient with respect to {node.name} is {how}.")

    def edges(self) -> list[tuple[str, str]]:
        """Return every arrow, from an input to what is computed from it."""
        return [(name, node.name) for node in self.nodes for name in node.inputs]

    def ends(self, start: str, end: str) -> tuple[float, float, float, float]:
        """Return where an arrow begins and ends."""
        (x, y), (u, v) = self.place[start], self.place[end]
        # Arrows from several inputs end one below the other.
        inputs = sorted(
            {a for a, b in self.edges() if b == end}, key=lambda name: self.place[name][1]
        )
        v += self.high[end] * (inputs.index(start) + 1) / (len(inputs) + 1)
        return x + _WIDE, y + self.high[start] / 2, u, v

    def legend(self, forward: str, backward: str) -> Iterator[tuple[str, str, float]]:
        """Yield what the two colours mean: a text, its colour, and where it begins."""
        yield "value", forward, _EDGE
        yield f"gradient of {self.nodes[-1].name}", backward, _EDGE + 60

    def texts(self, node: Node) -> Iterator[tuple[str, str, float, float]]:
        """Yield every line in a node: of what kind it is, the text, and where it is."""
        x, y = self.place[node.name]
        value, grad = self.rows[node.name]
        yield "name", f"{node.name} = {node.forward}" if node.forward else node.name, x + 12, y + 22
        y += _HEAD + 14
        for kind, rows in (("value", value), ("grad", grad)):
            for row in rows:
                yield kind, row, x + 12, y
                y += _LINE
            y += 4


def as_rows(value: Any) -> list[str]:
    """Return a number, a vector or a small matrix as lines of text, of a larger one its shape."""
    array = np.asarray(value, dtype=np.float64)
    if array.ndim > 2 or max(array.shape, default=1) > 4:
        return [f"{' × '.join(map(str, array.shape))} numbers"]
    rows = array.reshape(-1, array.shape[-1] if array.ndim else 1)
    return ["\u2002".join(_number(float(x)) for x in row) for row in rows]


def _said(rows: list[str]) -> str:
    """Return the lines of `as_rows` as they stand in a sentence."""
    if rows[0].endswith("numbers"):
        return rows[0]
    text = "; ".join(", ".join(row.split()) for row in rows)
    return f"({text})" if "," in text or ";" in text else text


def _number(x: float) -> str:
    # Zeros stay without a sign; a figure space keeps the columns in line.
    return f"{x + 0.0: .2f}".replace("-", "−").replace(" ", "\u2007")


def _svg(plan: _Plan, alt: str) -> str:
    """Return the graph as SVG, each part marked with the step from which on it is there."""
    blue, orange = COLOURS[0], "#9A4600"
    parts = [
        f'<svg viewBox="0 0 {plan.width} {plan.height}" width="{plan.width}" role="img" '
        f'aria-label="{html.escape(alt)}" style="max-width: 100%; height: auto; '
        f'min-width: {min(plan.width, READABLE)}px; background: white; font: 14px sans-serif;">'
    ]
    for start, end in plan.edges():
        x, y, u, v = plan.ends(start, end)
        at, back = plan.forward_at[end], plan.backward_at[start]
        tip = f"M{u - 9} {v - 11}L{u} {v - 6}L{u - 9} {v - 1}"
        tail = f"M{x + 9} {y + 1}L{x} {y + 6}L{x + 9} {y + 11}"
        parts.append(
            f'<path data-from="{at}" data-at="{at}" d="M{x} {y - 6}L{u} {v - 6}{tip}" fill="none" '
            f'stroke="{blue}" stroke-width="1.5"/>'
            f'<path data-from="{back}" data-at="{back}" d="M{u} {v + 6}L{x} {y + 6}{tail}" '
            f'fill="none" stroke="{orange}" stroke-width="1.5" stroke-dasharray="6 3"/>'
        )
    for text, colour, left in plan.legend(blue, orange):
        parts.append(f'<text x="{left}" y="{plan.height - 8}" fill="{colour}">{text}</text>')
    looks = {"name": 'font-weight="bold"', "value": f'fill="{blue}"', "grad": f'fill="{orange}"'}
    for node in plan.nodes:
        x, y = plan.place[node.name]
        at, back = plan.forward_at[node.name], plan.backward_at[node.name]
        parts.append(
            f'<rect data-from="{at}" data-at="{at} {back}" x="{x}" y="{y}" width="{_WIDE}" '
            f'height="{plan.high[node.name]}" rx="8" fill="#f4f7fa" stroke="#555" '
            'stroke-width="1.5"/>'
        )
        for kind, text, left, base in plan.texts(node):
            parts.append(
                f'<text data-from="{back if kind == "grad" else at}" x="{left}" y="{base}" '
                f"{looks[kind]}>{html.escape(text)}</text>"
            )
    return "".join([*parts, "</svg>"])


def _drawn(plan: _Plan) -> Figure:
    """Return the finished graph as a figure: values, and gradients under them."""
    import matplotlib.pyplot as plt
    from matplotlib.patches import Rectangle

    blue, orange = COLOURS[0], "#9A4600"
    figure = plt.figure(figsize=(plan.width / 96, plan.height / 96))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, plan.width), ylim=(plan.height, 0))
    axes.axis("off")
    for start, end in plan.edges():
        x, y, u, v = plan.ends(start, end)
        for (a, b), (c, d), colour, line in (
            ((x, y - 6), (u, v - 6), blue, "-"),
            ((u, v + 6), (x, y + 6), orange, "--"),
        ):
            axes.annotate(
                "",
                (c, d),
                (a, b),
                arrowprops={"arrowstyle": "->", "color": colour, "linestyle": line, "lw": 1.3},
            )
    for text, colour, left in plan.legend(blue, orange):
        axes.text(left, plan.height - 8, text, color=colour, fontsize=10.5)
    looks = {"name": ("black", "bold"), "value": (blue, "normal"), "grad": (orange, "normal")}
    for node in plan.nodes:
        x, y = plan.place[node.name]
        axes.add_patch(
            Rectangle((x, y), _WIDE, plan.high[node.name], facecolor="#f4f7fa", edgecolor="#555")
        )
        for kind, text, left, base in plan.texts(node):
            colour, weight = looks[kind]
            axes.text(left, base, text, color=colour, weight=weight, fontsize=10.5)
    return figure
