"""The players: one control that works, a still picture where it cannot, and little of both."""

from __future__ import annotations

import base64
import io
import json
import re
from html.parser import HTMLParser

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from autograde.pages.sanitizing import clean_html
from course_utils.figures.figure import as_png
from course_utils.figures.interactive import (
    _FRAMES,
    _GRAPH,
    DPI,
    Node,
    as_rows,
    play_frames,
    play_graph,
)

LARGEST_PLAYER = 300_000
LARGEST_GRAPH = 40_000
LARGEST_SCRIPT = 3_000


class Tags(HTMLParser):
    """Collects (tag, attributes) in order."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@pytest.fixture
def shown(monkeypatch):
    calls = []
    monkeypatch.setattr("IPython.display.display", lambda data, **how: calls.append((data, how)))
    return calls


def draw(h):
    fig, ax = plt.subplots(figsize=(8, 4), layout="constrained")
    x = np.linspace(0, 2, 200)
    ax.plot(x, np.tanh(x), x, np.tanh(x + h))
    ax.set(title=f"$h = {h:g}$", xlabel="$x$", ylim=(0, 1.2))
    return fig


def data_of(element):
    """What the script of a player was given."""
    found = re.search(r"data = (\{.*\});$", element, re.MULTILINE)
    return json.loads(found[1].replace("<\\/", "</"))


def graph():
    x, w = np.array([0.5, -1.0]), np.array([[2.0, 0.0], [1.0, -3.0]])
    y = w @ x
    return [
        Node("x", x, w.T @ y, backward="the product's pullback"),
        Node("W", w, np.outer(y, x), backward="the product's other pullback"),
        Node("y", y, y, "W x", "the loss's pullback of 1", ("W", "x")),
        Node("C", y @ y / 2, 1.0, "|y|²/2", "", ("y",)),
    ]


def test_every_frame_has_its_picture_its_text_and_its_caption(shown):
    play_frames(draw, [1.0, 0.5, 0.1], label="step h", alt="Two curves.", still=1)
    ((data, how),) = shown
    frames = data_of(data["text/html"])["frames"]
    assert [frame["caption"] for frame in frames] == ["step h = 1", "step h = 0.5", "step h = 0.1"]
    assert {frame["alt"] for frame in frames} == {"Two curves."}
    assert len({frame["changed"] for frame in frames}) == 3
    assert data["image/png"] in data["text/html"]
    assert how["metadata"]["image/png"]["alt"] == "Two curves."
    assert data["text/plain"] == "Figure: Two curves."


def opened(text):
    with Image.open(io.BytesIO(base64.b64decode(text))) as picture:
        return np.asarray(picture.convert("RGBA")).astype(int)


def test_what_lies_over_the_still_picture_makes_it_the_frame(shown):
    """At most a shade off: few colours stand for all of them."""
    play_frames(draw, [1.0, 0.5, 0.1], label="h", alt="Two curves.", still=-1)
    ((data, _),) = shown
    found = data_of(data["text/html"])
    assert found["still"] == 2
    still = opened(data["image/png"])
    for value, frame in zip([1.0, 0.5, 0.1], found["frames"], strict=True):
        over = opened(frame["changed"])
        seen = np.where(over[..., 3:] > 0, over, still)[..., :3]
        meant = opened(base64.b64encode(as_png(draw(value), dpi=DPI, tight=False)))[..., :3]
        assert np.abs(seen - meant).mean() < 1
        assert np.abs(seen - meant).max() < 90
    assert opened(found["frames"][2]["changed"])[..., 3].max() == 0  # nothing changes in itself


def test_two_fills_that_differ_a_little_stay_different(shown):
    def draw_fills(shift):
        fig, ax = plt.subplots(figsize=(8, 4), layout="constrained")
        ax.imshow([[-1 + shift, -2], [9, 15]], cmap="PuOr_r", vmin=-18, vmax=18)
        ax.set_title("Letters have edges in many shades")
        return fig

    play_frames(draw_fills, [0, 0.01], label="shift", alt="Four tiles.")
    ((data, _),) = shown
    meant = opened(base64.b64encode(as_png(draw_fills(0), dpi=DPI, tight=False)))
    colours, counts = np.unique(meant.reshape(-1, 4), axis=0, return_counts=True)
    fills = {tuple(colour) for colour in colours[np.argsort(counts)[-5:]]}
    assert fills <= {tuple(dot) for dot in opened(data["image/png"]).reshape(-1, 4)}


def test_nothing_shines_through_when_a_browser_makes_it_smaller(shown):
    play_frames(draw, [1.0, 0.1], label="h", alt="Two curves.")
    ((data, _),) = shown
    still, over = (
        opened(data["image/png"]),
        opened(data_of(data["text/html"])["frames"][1]["changed"]),
    )
    opaque = over[..., 3] > 0
    differs = opaque & (over[..., :3] != still[..., :3]).any(axis=-1)
    for axis in (0, 1):
        for by in (-3, 3):
            assert opaque[np.roll(differs, by, axis)].all()


def test_texts_and_captions_of_ones_own(shown):
    play_frames(draw, [1, 2], label="x", alt=["A.", "B."], captions=["one", "two </script>"])
    ((data, _),) = shown
    frames = data_of(data["text/html"])["frames"]
    assert [(f["alt"], f["caption"]) for f in frames] == [("A.", "one"), ("B.", "two </script>")]
    assert data["text/html"].count("</script>") == 1


# fmt: off
REFUSED = [
    ("no alt text", {"alt": " "}, "alt text"),
    ("one alt text too few", {"alt": ["A."]}, "2 frames, 1 alt texts"),
    ("an empty one of several", {"alt": ["A.", ""]}, "alt text"),
    ("one caption too many", {"alt": "A.", "captions": ["a", "b", "c"]}, "3 captions"),
]
# fmt: on


@pytest.mark.parametrize(("how", "says"), [pytest.param(h, s, id=n) for n, h, s in REFUSED])
def test_what_is_refused(shown, how, says):
    with pytest.raises(ValueError, match=says):
        play_frames(draw, [1, 2], label="h", **how)
    assert shown == []


def test_frames_of_different_sizes_are_refused(shown):
    with pytest.raises(ValueError, match="different sizes"):
        play_frames(lambda w: plt.figure(figsize=(w, 2)), [2, 3], label="w", alt="Empty.")


def test_figures_are_closed(shown):
    before = plt.get_fignums()
    play_frames(draw, [1, 2], label="h", alt="Two curves.")
    play_graph(graph(), alt="A graph.")
    assert plt.get_fignums() == before


def draw_much(h):
    """As much text and as large as in notebook 00, where frames in full had 450 kB."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(11.5, 4), layout="constrained")
    for row in range(7):
        left.text(0, row / 8, f"digits {np.tanh(h + row):.16f}", fontsize=13, family="monospace")
    right.loglog(np.logspace(-14, 0, 50), np.logspace(0, -9, 50))
    right.plot(10.0 ** (-4 * h), 1e-5, "o")
    right.grid(alpha=0.3)
    return fig


@pytest.mark.thorough
def test_twenty_frames_are_small(shown):
    play_frames(draw_much, np.linspace(0, 2, 20), label="h", alt="Digits and a line.")
    play_graph(graph(), alt="A graph.")
    sizes = [len(data["text/html"]) for data, _ in shown]
    assert sizes[0] < LARGEST_PLAYER
    assert sizes[1] < LARGEST_GRAPH
    for script in (_FRAMES, _GRAPH):
        assert len(script) < LARGEST_SCRIPT


@pytest.fixture(params=["frames", "graph"])
def player(request, shown):
    if request.param == "frames":
        play_frames(draw, [1, 2], label="h", alt="Two <curves>.")
    else:
        play_graph(graph(), alt="Two <curves>.")
    return shown[0][0]["text/html"]


def test_without_its_script_it_is_a_picture_with_a_text_and_no_control(player):
    for version in (clean_html({}, player), re.sub(r"<script>.*</script>", "", player, flags=re.S)):
        assert "querySelector" not in version  # nor as text
        tags = [tag for tag, _ in Tags(version).found]
        assert tags.count("img") == 1
        assert not {"button", "input", "svg"} & set(tags)
        (attributes,) = (a for tag, a in Tags(version).found if tag == "img")
        assert attributes["alt"] == "Two <curves>."
        assert attributes["src"].startswith("data:image/png;base64,")


def test_it_fetches_nothing_and_has_no_ids(player):
    assert not re.search(r"https?://|\bfetch\(|XMLHttp|import\(|@import|url\(", player)
    assert not any("id" in attributes for _, attributes in Tags(player).found)
    assert player.count("<script>") == player.count("</script>") == 1


def test_its_controls_are_labelled_and_keep_their_keys(player):
    script = re.search(r"<script>(.*)</script>", player, re.DOTALL)[1]
    assert 'setAttribute("data-lm-suppress-shortcuts", "true")' in script
    assert "aria-valuetext" in script or script.count("button(") == 4
    assert 'aria-live="polite"' in player
    assert "setInterval" not in script  # nothing moves by itself
    assert "requestAnimationFrame" not in script


def test_the_graph_goes_forward_and_then_back(shown):
    play_graph(graph(), alt="A graph.")
    found = data_of(shown[0][0]["text/html"])
    assert found["steps"] == [
        "Given: x = (0.50, −1.00), W = (2.00, 0.00; 1.00, −3.00).",
        "Forward: y = W x = (1.00, 3.50).",
        "Forward: C = |y|²/2 = 6.62.",
        "Backward: the gradient with respect to C is 1: it is the cost itself.",
        "Backward: the gradient with respect to y is the loss's pullback of 1: (1.00, 3.50).",
        "Backward: the gradient with respect to W is the product's other pullback: "
        "(0.50, −1.00; 1.75, −3.50).",
        "Backward: the gradient with respect to x is the product's pullback: (5.50, −10.50).",
    ]
    texts = re.findall(r'<text data-from="(\d+)"[^>]*>([^<]*)</text>', found["picture"])
    said = [(int(at), " ".join(text.replace("\u2007", " ").split())) for at, text in texts]
    assert (0, "0.50 −1.00") in said  # x's value, from the start
    assert (1, "1.00 3.50") in said  # y's, once it is computed
    assert (4, "1.00 3.50") in said  # and its gradient, on the way back
    assert (3, "1.00") in said


def test_a_graph_in_the_wrong_order_is_refused(shown):
    with pytest.raises(ValueError, match="y uses W, which does not come before it"):
        play_graph(graph()[2:], alt="A graph.")


# fmt: off
ROWS = [
    (3.14159, ["3.14"]), (-0.0, ["0.00"]), ([1, -2], ["1.00 −2.00"]),
    (np.eye(2), ["1.00 0.00", "0.00 1.00"]), (np.zeros((5, 2)), ["5 × 2 numbers"]),
    (np.zeros((2, 2, 2)), ["2 × 2 × 2 numbers"]),
]
# fmt: on


@pytest.mark.parametrize(("value", "rows"), ROWS)
def test_arrays_as_lines(value, rows):
    assert [" ".join(row.replace("\u2007", " ").split()) for row in as_rows(value)] == rows
