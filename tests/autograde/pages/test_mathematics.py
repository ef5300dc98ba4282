from __future__ import annotations

import re
from html.parser import HTMLParser

import nbformat
import pytest

from autograde.course.config import CHECKOUT
from autograde.pages.mathematics import ATTRIBUTES, ELEMENTS, FORMULA, mathml, with_mathematics
from autograde.pages.sanitizing import strip_files_prefix

# what a cleaned text holds -> the letters of its formulas, in order
FOUND = [
    ("so $x$ and $y$", ["x", "y"]),
    ("$$a$$", ["a"]),
    (r"\(a\) and \[b\]", ["a", "b"]),
    (r"\begin{align*}a\end{align*}", ["a"]),
    ("$i&lt;j$", ["i<j"]),
    (r"$\mathbf{x}\in\mathbb{R}$", ["𝐱∈ℝ"]),
    ("a <code>$x$</code> b", []),
    ("<pre>$x$ <span>$y$</span></pre> $z$", ["z"]),
    ('<img alt="> $x$"> $z$', ["z"]),
    (r"it costs \$5 or \$6", []),
    ("one $ alone", []),
    (r"$\frac$", []),
    (r"$\newcommand{\a}{b}\a$", []),
    ("$" + "{" * 1500 + "$", []),
]
ATTACKS = [
    r"$\text{&lt;script&gt;EVIL&lt;/script&gt;}$",
    r"$\text{&amp;lt;script&amp;gt;EVIL&amp;lt;/script&amp;gt;}$",
    r"$\text{<img src=x onerror=EVIL>}$",
    r"$\href{javascript:EVIL}{x}$",
    r"$\class{EVIL}{x}$",
    r"$\style{background:url(EVIL)}{x}$",
    r"$\color{red;background:url(EVIL)}{x}$",
    r'$\hspace{1em" onclick="EVIL}x$',
    '<img alt="> $x$ onerror=EVIL " src="x">',
    "<a title='> $x$ onclick=EVIL '>x</a>",
    "<img alt='\"> $x$ onerror=EVIL' src=x>",
]


class Page(HTMLParser):
    """Collects the formulas' text, every tag, and every attribute."""

    def __init__(self, text):
        super().__init__()
        self.formulas, self.tags, self.attributes, self.depth = [], set(), [], 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs
        if tag == "math":
            self.depth += 1
            self.formulas.append("")

    def handle_endtag(self, tag):
        self.depth -= tag == "math"

    def handle_data(self, data):
        if self.depth:
            self.formulas[-1] += data


@pytest.mark.parametrize(("text", "formulas"), FOUND)
def test_formulas_are_found(text, formulas):
    result = with_mathematics(text)
    assert Page(result).formulas == formulas
    if not formulas:
        assert result == text


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_formula_brings_nothing_that_runs(attack):
    page = Page(strip_files_prefix({}, attack))
    assert page.tags <= ELEMENTS | {"img", "a"}
    names = {name for name, _ in page.attributes}
    assert names <= ATTRIBUTES | {"alt", "title", "src", "target", "rel"}
    assert [value for name, value in page.attributes if name == "style" or "EVIL" in name] == []


def test_every_formula_of_the_notebooks_is_understood():
    formulas = []
    for path in sorted(CHECKOUT.glob("solutions/*/*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "markdown":
                text = re.sub(r"```.*?```|`[^`]*`", "", cell.source, flags=re.DOTALL)
                formulas += [match[0] for match in FORMULA.finditer(text)]
    assert len(formulas) > 1000
    unknown = []
    for formula in formulas:
        result = mathml(formula.strip("$"))
        if result is None or re.search(r"\\[a-zA-Z]", result):
            unknown.append(formula)
    assert unknown == []


# fmt: off
SIZES = [  # (formula, what is left of its sizes)
    (r"\rule{9999999px}{9999999px}", []),
    (r"\rule{9em}{1.25em}", ["9em", "1.25em"]),
    (r"\hspace{9999999px}x", []),
    (r"\kern100em x", []),
    (r"\raise9999999px x", []),
    (r"a \above9999999px b", []),
    (r"\Huge\Huge\Huge x", ["2.49em"]),
]
# fmt: on


@pytest.mark.parametrize(("latex", "sizes"), SIZES)
def test_a_formula_is_no_larger_than_a_page(latex, sizes):
    assert (
        re.findall(r'(?:width|height|depth|voffset|thickness|size)="([^"]*)"', mathml(latex))
        == sizes
    )
