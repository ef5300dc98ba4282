from __future__ import annotations

import copy
from html.parser import HTMLParser

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograde.cli import main
from autograde.course.nbgrader import nbgrader
from autograde.pages.sanitizing import clean_html, strip_files_prefix

NAME = "00_fixture"
PIXEL = "data:image/png;base64,iVBORw0KGgo="

KEPT = [
    "<h2>Title</h2>",
    "<p>i&lt;j and <em>so</em> <strong>on</strong></p>",
    "<details><summary>Hint</summary><p>Try.</p></details>",
    f'<img src="{PIXEL}" alt="A line." width="300">',
    '<table><thead><tr><th scope="col">a</th></tr></thead></table>',
    "<table><tbody><tr><td>1</td></tr></tbody></table>",
    '<ol start="2"><li>Second</li></ol>',
    '<div class="alert alert-info">Note</div>',
    '<span style="padding: 1px 6px; background: #E69F00; text-align: right;">1</span>',
    '<a href="https://example.org/">there</a>',
    '<table role="img" aria-label="2 of 3 differ"><caption>Yours</caption></table>',
]
# what a student may write -> what must not be in the page
DROPPED = [
    ("<script>alert(1)</script>", "<script"),
    ("<img src=x onerror=alert(1)>", "onerror"),
    ('<img src="https://evil.example/pixel.png">', "evil"),
    ('<img src="data:image/svg+xml;base64,PHN2Zz4=">', "svg"),
    ('<a href="javascript:alert(1)">x</a>', "javascript"),
    ('<a href=" java\nscript:alert(1)">x</a>', "script:"),
    ('<a href="data:text/html;base64,PHNjcmlwdD4=">x</a>', "data:"),
    ("<iframe srcdoc='x'></iframe>", "<iframe"),
    ("<svg onload=alert(1)></svg>", "<svg"),
    ("<style>body{display:none}</style>", "<style"),
    ("<link rel=stylesheet href=//evil.example>", "<link"),
    ("<form action=//evil.example><input></form>", "<form"),
    ("<meta http-equiv=refresh content='0;url=//evil.example'>", "<meta"),
    ('<p style="position: fixed; top: 0">x</p>', "position"),
    ('<p style="background: url(https://evil.example/x)">x</p>', "evil"),
    ('<p style="color: red; background: \\75rl(//evil.example)">x</p>', "evil"),
    ('<p id="score">100</p>', "id="),
    ("<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>", "<img src=x"),
]


@pytest.mark.parametrize("text", KEPT)
def test_what_feedback_needs_is_kept(text):
    assert clean_html(text) == text
    assert strip_files_prefix(text) == text
    assert clean_html(text.encode()) == text


@pytest.mark.parametrize(("text", "gone"), DROPPED)
def test_what_runs_or_fetches_is_dropped(text, gone):
    assert gone not in clean_html(text).replace("&lt;", "")  # escaped, it is only text
    assert gone not in strip_files_prefix(text)


SCRIPTS = [
    ("a<script>let x = '<b>';</script>b", "ab"),
    ("<SCRIPT type='x'>1</SCRIPT >b<script>2</script>", "b"),
    ("a <script>no end, so nothing is lost", "a &lt;script&gt;no end, so nothing is lost"),
    ("<scr<script>1</script>ipt>2</script>", "&lt;script&gt;2&lt;/script&gt;"),
    ("<scripture>1</scripture>", "&lt;scripture&gt;1&lt;/scripture&gt;"),
]


@pytest.mark.parametrize(("text", "left"), SCRIPTS)
def test_of_a_script_nothing_is_shown(text, left):
    assert clean_html(text) == left


class Live(HTMLParser):
    """Collects where a page would run the attack, and not where it only shows it."""

    def __init__(self):
        super().__init__()
        self.found, self.tag = [], ""

    def handle_starttag(self, tag, attrs):
        self.tag = tag
        self.found += [f"{tag} {name}" for name, value in attrs if "EVIL" in (value or "")]

    def handle_endtag(self, tag):
        self.tag = ""

    def handle_data(self, data):
        if self.tag in ("script", "style") and "EVIL" in data:
            self.found.append(self.tag)


def live(page):
    parser = Live()
    parser.feed(page)
    return parser.found


def test_no_script_reaches_the_feedback(course, hand_in, solved):
    nb = copy.deepcopy(solved)
    attack = "<script>EVIL</script><img src=x onerror=EVIL>"
    nb.cells[-1].source += f"\n\n{attack}\n\n$i<j$ is **fine**"
    nb.cells += [
        new_markdown_cell(attack),
        new_code_cell(
            "from IPython.display import display\n"
            f"kinds = dict.fromkeys(['text/html', 'text/markdown', 'image/svg+xml',"
            f" 'application/javascript', 'text/latex'], {attack!r})\n"
            "for kind, text in kinds.items():\n"
            "    display({kind: text}, raw=True)\n"
            f"display({{'image/png': 'iVBORw0KGgo='}}, raw=True,"
            " metadata={'image/png': {'width': '1 onload=EVIL', 'alt': 'A pixel.'}})"
        ),
    ]
    hand_in("eve", {f"{NAME}.ipynb": nb})
    assert main(["--root", str(course.root), "grade", NAME]) == 0
    nbgrader("generate_feedback", NAME, folder=course.root, environment={})
    page = (course.root / "autograde" / "feedback" / "eve" / NAME / f"{NAME}.html").read_text()
    assert "EVIL" in page, "nothing of the attack arrived, so this would prove nothing"
    assert live(page) == []
    assert live(f"{attack}<script>var a;</script>") == ["script", "img onerror"]
    assert 'alt="A pixel."' in page
    assert "<strong>fine</strong>" in page
    assert "<mi>i</mi><mo>&lt;</mo><mi>j</mi>" in page
