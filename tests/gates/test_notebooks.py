"""What every notebook must look like, before anything is run."""

from __future__ import annotations

import ast
import json
import re

import pytest
from nbgrader.nbgraderformat import SCHEMA_VERSION
from nbgrader.utils import is_grade, is_locked, is_solution

from autograde.course.course import ROOT
from autograde.notebooks.leaks import BEGIN, END, regions
from autograde.notebooks.original import grade_id_of
from course_utils import own

VERSIONS = ["solutions", "notebooks"]


@pytest.fixture
def raw():
    """``raw(version, name)``: the notebook as it is in the file, with nothing mended."""

    def read_json(version: str, name: str):
        return json.loads((ROOT / version / name / f"{name}.ipynb").read_text(encoding="utf-8"))

    return read_json


@pytest.mark.parametrize("version", VERSIONS)
def test_the_file_is_in_format_4_5_with_stable_ids(name, raw, version):
    data = raw(version, name)
    assert (data["nbformat"], data["nbformat_minor"]) == (4, 5)
    ids = [cell.get("id") for cell in data["cells"]]
    assert len(set(ids)) == len(ids)
    # A random id, such as an editor makes, is eight hexadecimal digits or a uuid.
    assert [i for i in ids if not i or re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f-]+)?", i)] == []


def test_the_ids_of_the_source_are_those_of_the_release(name, raw):
    ids = [[cell["id"] for cell in raw(version, name)["cells"]] for version in VERSIONS]
    assert ids[0] == ids[1]


@pytest.mark.parametrize("version", VERSIONS)
def test_outputs_are_stripped(name, raw, version):
    cells = [cell for cell in raw(version, name)["cells"] if cell["cell_type"] == "code"]
    assert [c["id"] for c in cells if c["outputs"] or c["execution_count"] is not None] == []


@pytest.mark.parametrize("version", VERSIONS)
def test_no_path_of_a_machine(name, version):
    text = (ROOT / version / name / f"{name}.ipynb").read_text(encoding="utf-8")
    assert re.findall(r"(?:/home/|/Users/|/root/|/tmp/|[A-Z]:\\\\Users)\S*", text) == []


def test_grade_ids_are_there_once_and_in_the_current_schema(name, solution):
    marked = [cell for cell in solution(name).cells if "nbgrader" in cell.metadata]
    names = [grade_id_of(cell) for cell in marked]
    assert None not in names
    assert len(set(names)) == len(names)
    assert {cell.metadata.nbgrader.schema_version for cell in marked} == {SCHEMA_VERSION}


def test_every_solution_cell_has_markers(name, solution):
    answers = [cell for cell in solution(name).cells if is_solution(cell)]
    assert answers
    assert [c.id for c in answers if not (BEGIN in c.source and END in c.source)] == []
    others = [cell for cell in solution(name).cells if not is_solution(cell)]
    assert [cell.id for cell in others if BEGIN in cell.source or END in cell.source] == []


def test_every_graded_cell_has_points_and_tests_are_locked(name, solution):
    graded = [cell for cell in solution(name).cells if is_grade(cell)]
    assert graded
    assert [cell.id for cell in graded if not cell.metadata.nbgrader.get("points", 0) > 0] == []
    tests = [cell for cell in graded if not is_solution(cell)]
    assert [cell.id for cell in tests if not is_locked(cell) or cell.cell_type != "code"] == []


def test_every_derivation_has_a_rubric_for_its_points(name, solution):
    derivations = [c for c in solution(name).cells if is_grade(c) and is_solution(c)]
    assert derivations or added(name), "every notebook of the course has something derived by hand"
    for cell in derivations:
        hidden = "\n".join(regions(cell.source))
        rubric = re.search(r"\*\*Rubric\b.*?(\d+(?:\.\d+)?) points?", hidden)
        assert rubric, f"{cell.id}: no line such as '**Rubric** (3 points)' in its solution"
        assert float(rubric[1]) == cell.metadata.nbgrader.points, cell.id
        assert re.search(r"^- ", hidden[rubric.end() :], re.MULTILINE), f"{cell.id}: no items"


def test_the_points_that_are_announced_are_the_points(name, solution):
    nb = solution(name)
    points = [cell.metadata.nbgrader.points for cell in nb.cells if is_grade(cell)]
    text = "\n".join(cell.source for cell in nb.cells if cell.cell_type == "markdown")
    announced = re.findall(r"^[●○]{5} · \d+ minutes · ([\d.]+) points?\b", text, re.MULTILINE)
    assert [float(each) for each in announced] == points


NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
HEADS = ("What you'll do.", "What you'll learn", "What you'll need.", "Time.", "Points.")


def test_the_title_cell_says_what_there_is_to_do_to_learn_and_to_need(name, solution):
    """docs/teaching.md is made of it."""
    title = solution(name).cells[0].source
    assert re.match(r"# \d\d · \S", title)
    assert re.findall(r"(?:^|(?<=\. ))\*\*(.+?)\*\*", title, re.MULTILINE) == list(HEADS)
    assert re.search(r"^\*\*What you'll learn\*\*\n\n- .*;\n- ", title, re.MULTILINE) or added(name)


def added(name):
    return name in own.notebooks()


def test_the_title_cell_counts_what_is_graded(name, solution):
    nb = solution(name)
    graded = [(is_solution(c), c.metadata.nbgrader.points) for c in nb.cells if is_grade(c)]
    total = sum(points for _, points in graded)
    says = nb.cells[0].source.split("**Points.** ")[1]
    if added(name):
        assert says == f"{total:g}."
        return
    hand, alone = ([p for by_hand, p in graded if by_hand is which] for which in (True, False))
    assert says == (
        f"{total:g}: {NUMBERS[len(hand)]} derivations by hand ({sum(hand):g}), "
        f"{NUMBERS[len(alone)]} exercises that check themselves ({sum(alone):g})."
    )


# ---------------------------------------------------------------- figures


def calls(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def figure_faults(source: str) -> list[str]:
    """What is wrong with the figures of one code cell."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return ["the cell is not plain Python"]
    found, makes_figure, shown = [], False, False
    for call in calls(tree):
        called = ast.unparse(call.func)
        makes_figure |= called in ("plt.subplots", "plt.figure", "plt.subplot_mosaic")
        player = called in ("play_frames", "play_graph")
        if called in ("show", "figures.show") or player:
            shown = True
            alts = [keyword.value for keyword in call.keywords if keyword.arg == "alt"]
            alts += [] if player else call.args[1:2]
            if not alts or (isinstance(alts[0], ast.Constant) and not str(alts[0].value).strip()):
                found.append(f"{called} without an alt text")
        elif called.endswith(".show") or called in ("display", "Image", "HTML", "SVG"):
            found.append(f"{called}() shows a picture without an alt text")
    if makes_figure and not shown:
        found.append("a figure that is not shown by course_utils.figures.figure.show")
    return found


FIGURES = [
    ("fig, ax = plt.subplots()\nshow(fig, alt='A line.')", 0),
    ("fig, ax = plt.subplots()\nshow(fig, 'A line.')", 0),
    ("fig, ax = plt.subplots()\nshow(fig, alt=f'A line of slope {s}.')", 0),
    ("x = 1", 0),
    ("fig, ax = plt.subplots()\nshow(fig, alt='')", 1),
    ("fig, ax = plt.subplots()\nshow(fig)", 1),
    ("fig, ax = plt.subplots()\nplt.show()", 2),
    ("fig, ax = plt.subplots()\nfig", 1),
    ("display(picture)", 1),
    ("play_frames(lambda h: plt.figure(), [1, 2], label='h', alt='A line.')", 0),
    ("play_frames(lambda h: plt.figure(), [1, 2], label='h')", 1),
    ("play_graph(nodes, alt='A graph.')", 0),
    ("play_graph(nodes, alt=' ')", 1),
]


@pytest.mark.parametrize(("source", "faults"), FIGURES)
def test_the_figure_gate_sees_what_it_must(source, faults):
    assert len(figure_faults(source)) == faults


def test_figures_are_shown_with_an_alternative_text(name, solution):
    cells = [cell for cell in solution(name).cells if cell.cell_type == "code"]
    assert {cell.id: found for cell in cells if (found := figure_faults(cell.source))} == {}


# ---------------------------------------------------------------- markdown

TAGS = {"details", "summary", "div", "br", "sub", "sup", "kbd", "img"}


def markdown_faults(text: str) -> list[str]:
    """What in a markdown cell would not render alike in JupyterLab, nbconvert and Sphinx."""
    text = re.sub(r"^(```+|~~~+).*?^\1\s*$", "", text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"(`+)[^`]+\1", "code", text)
    found = []
    if re.search(r"^\s*:::", text, re.MULTILINE):
        found.append("a ::: directive")
    if re.search(r"^\s*>\s*\[!", text, re.MULTILINE):
        found.append("a > [!NOTE]")
    if re.search(r"^```\{", text, re.MULTILINE):
        found.append("a ```{directive}")
    if re.search(r"\\\(|\\\[", text):
        found.append(r"math in \( \) or \[ \]")
    found += [
        "a | inside the mathematics of a table"
        for row in re.findall(r"^\s*\|.*$", text, re.MULTILINE)
        if any("|" in math for math in re.findall(r"(?<!\\)\$([^$]+)(?<!\\)\$", row))
    ]
    found += [
        "a picture without an alt text"
        for alt, _ in re.findall(r"!\[([^\]]*)\]\(([^)]*)\)", text)
        if not alt.strip()
    ]
    found += [
        "an <img> without an alt text"
        for tag in re.findall(r"<img\b[^>]*>", text)
        if not re.search(r'alt="[^"]+"', tag)
    ]
    outside = re.sub(r"\$\$.*?\$\$|\$[^$]*\$", "", text, flags=re.DOTALL)
    found += [
        f"the tag <{tag}>"
        for tag in re.findall(r"</?([A-Za-z][A-Za-z0-9]*)\b[^>]*>", outside)
        if tag.lower() not in TAGS
    ]
    for opening in re.finditer(
        r"^<(div class=\"alert[^>]*|details)>(<summary>.*?</summary>)?(.*)", text, re.MULTILINE
    ):
        after = text[opening.end() : opening.end() + 2]
        if opening[3].strip() or after != "\n\n":
            found.append(f"no blank line after <{opening[1].split()[0]}>")
    for closing in re.finditer(r"^</(div|details)>", text, re.MULTILINE):
        if not text[: closing.start()].endswith("\n\n"):
            found.append(f"no blank line before </{closing[1]}>")
    return found


MARKDOWN = [
    ("$a\\lvert x\\rvert$ and $$\\begin{pmatrix}1\\end{pmatrix}$$", 0),
    ("| a | b |\n|---|---|\n| $\\lvert x\\rvert$ | `|x|` |", 0),
    ("<details><summary>Hint</summary>\n\nText\n\n</details>", 0),
    ('<div class="alert alert-info">\n\nText\n\n</div>', 0),
    ("```python\n:::\n```", 0),
    ("$i<j$ and $k>l$", 0),
    (":::{note}\nText\n:::", 1),
    ("> [!NOTE]\n> Text", 1),
    ("| a |\n|---|\n| $|x|$ |", 1),
    ("![](a.png)", 1),
    ("<img src='a.png'>", 1),
    ("<script>alert(1)</script>", 2),
    ("<details><summary>Hint</summary>\nText\n\n</details>", 1),
    ('<div class="alert alert-info">\n\nText\n</div>', 1),
    ("so \\(x\\) is", 1),
]


@pytest.mark.parametrize(("text", "faults"), MARKDOWN)
def test_the_markdown_gate_sees_what_it_must(text, faults):
    assert len(markdown_faults(text)) == faults


def test_markdown_renders_alike_everywhere(name, solution):
    cells = [cell for cell in solution(name).cells if cell.cell_type == "markdown"]
    assert {cell.id: found for cell in cells if (found := markdown_faults(cell.source))} == {}
