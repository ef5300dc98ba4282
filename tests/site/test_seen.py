"""Looked at as a reader looks: every figure, light, dark and on paper, and the way in."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from tests.site.test_reading import COURSE, opened
from tests.thoroughly import rows

FIGURES = (
    "div.cell_output img:visible, div.cell_output .text_html svg:not(mjx-container svg):visible"
)
NOW = ["course/00_measuring_slopes.html", "course/02_chain_rule.html"]


def pixels(element):
    """A screenshot of an element in grey, 0 to 255, without its edge, which is partly outside."""
    picture = Image.open(io.BytesIO(element.screenshot())).convert("L")
    return np.asarray(picture, dtype=float)[2:-2, 2:-2]


def shown(page, theme):
    """Every figure, and every frame of every player, as they are drawn in a theme."""
    page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
    page.evaluate("document.body.style.setProperty('transition', 'none')")
    seen = {}
    for number, figure in enumerate(page.locator(FIGURES).all()):
        if figure.evaluate("each => each.closest('[style*=relative]') !== null"):
            continue  # of a player
        seen[f"figure {number}"] = pixels(figure)
    # What lies on a picture is in its screenshot as well.
    for number, slider in enumerate(page.locator("div.cell_output input[type=range]").all()):
        player = slider.locator("xpath=ancestor::label/..")
        last = int(slider.get_attribute("max"))
        for value in sorted({0, last // 2, last}):
            slider.fill(str(value))
            page.wait_for_function(
                "each => each.complete && each.naturalWidth > 0",
                arg=player.locator("img").last.element_handle(),
            )
            seen[f"player {number}, frame {value}"] = pixels(player.locator("img").last)
    return seen


@pytest.mark.parametrize("name", rows(COURSE, NOW))
def test_a_figure_is_the_same_in_the_dark(page, site, name):
    opened(page, site + name)
    light, dark = shown(page, "light"), shown(page, "dark")
    assert light.keys() == dark.keys()
    assert light
    for which, picture in light.items():
        assert np.std(picture) > 5, f"{which} is empty"
        assert np.mean(picture) > 150, f"{which} is not drawn on white"
        other = dark[which]
        assert picture.shape == other.shape, which
        assert np.mean(np.abs(picture - other)) < 1, f"{which} looks otherwise in the dark"


THEME = "document.documentElement.dataset.theme"


def test_paper_is_light(page, site):
    opened(page, site + "course/05_matrix_form.html")
    page.evaluate(f"{THEME} = 'dark'")
    page.evaluate(f"addEventListener('beforeprint', () => {{ window.PRINTED = {THEME} }})")
    page.pdf()
    assert page.evaluate("window.PRINTED") == "light"
    assert page.evaluate(THEME) == "dark"


@pytest.mark.parametrize(("width", "application"), [(390, "notebooks"), (1280, "lab")])
def test_a_notebook_opens_in_what_fits(page, site, width, application):
    page.set_viewport_size({"width": width, "height": 800})
    opened(page, site + "course/05_matrix_form.html")
    link = page.locator(".doors a", has_text="Run in your browser")
    assert f"lite/{application}/index.html?path=05_matrix_form/" in link.get_attribute("href")
