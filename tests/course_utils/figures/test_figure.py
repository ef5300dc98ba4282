"""Showing a figure: the picture, and the sentence that stands in for it, in every form."""

import base64
import re

import matplotlib.pyplot as plt
import pytest

from course_utils.figures.figure import COLOURS, show


@pytest.fixture
def shown(monkeypatch):
    calls = []
    monkeypatch.setattr("IPython.display.display", lambda data, **how: calls.append((data, how)))
    return calls


@pytest.fixture
def figure():
    figure, axes = plt.subplots(figsize=(4, 3))
    axes.plot([0, 1], [1, 0])
    yield figure
    plt.close(figure)


def test_the_sentence_goes_along_in_every_form(shown, figure):
    show(figure, "A line that falls.")
    ((data, how),) = shown
    assert how["raw"]
    assert set(data) == {"text/html", "image/png", "text/plain"}
    assert 'alt="A line that falls."' in data["text/html"]
    assert data["text/plain"] == "Figure: A line that falls."
    assert how["metadata"]["image/png"]["alt"] == "A line that falls."


def test_both_pictures_are_the_same_png_at_its_own_width(shown, figure):
    show(figure, "A line that falls.")
    ((data, how),) = shown
    picture = base64.b64decode(data["image/png"])
    assert picture.startswith(b"\x89PNG")
    assert data["image/png"] in data["text/html"]
    width = int(re.search(r'width="(\d+)"', data["text/html"])[1])
    dots = int.from_bytes(picture[16:20], "big")
    assert abs(width - dots * 96 / 144) <= 1
    assert how["metadata"]["image/png"]["width"] == width


def test_the_sentence_is_escaped(shown, figure):
    show(figure, 'f(x) < 1 & "so on"')
    ((data, _),) = shown
    assert 'alt="f(x) &lt; 1 &amp; &quot;so on&quot;"' in data["text/html"]
    assert data["text/plain"] == 'Figure: f(x) < 1 & "so on"'


def test_the_figure_is_closed_afterwards(shown, figure):
    show(figure, "A line that falls.")
    assert not plt.fignum_exists(figure.number)


@pytest.mark.parametrize("alt", ["", "  ", "\n"])
def test_a_figure_without_a_sentence_is_refused(shown, figure, alt):
    with pytest.raises(ValueError, match="alt text"):
        show(figure, alt)
    assert shown == []


def test_the_colours_can_be_told_apart_and_read():
    assert len(set(COLOURS)) == len(COLOURS) == 6
    assert all(re.fullmatch("#[0-9A-F]{6}", colour) for colour in COLOURS)
