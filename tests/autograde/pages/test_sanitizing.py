from __future__ import annotations

import copy
import time
from html.parser import HTMLParser

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from autograde.cli import main
from autograde.course.nbgrader import nbgrader
from autograde.pages.formgrader.handlers import own_hosts
from autograde.pages.sanitizing import Styles, clean, clean_html, leads_out, strip_files_prefix
from tests.browser.hostile import LINKS, OUTSIDE

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
    '<a target="_blank" rel="noopener noreferrer" href="https://example.org/">there</a>',
    '<div class="highlight"><pre><span class="k">if</span> <span class="nn">x</span></pre></div>',
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
    ('<a name="score">x</a>', "name="),
    ('<p class="modal-backdrop fade">x</p>', "class"),
    ('<p class="k modal">x</p>', "class"),
    ('<p class="alert">x</p>', "class"),
    ('<p class="alert alert-info alert-dismissible">x</p>', "class"),
    ('<p class="score">x</p>', "class"),  # in the letters of the highlighter's classes
    ('<p role="button" tabindex="1" data-toggle="modal">x</p>', "p "),
    ('<p style="margin: -9px; height: 9px; width: 99999px; float: left">x</p>', "px"),
    ('<p style="padding: 900px; font-size: 99em; border: 999px solid">x</p>', "9"),
    ('<p style="background: &#117rl(//evil.example)">x</p>', "evil"),
    ('<p style="background: -webkit-cross-fade(&#117;rl(//evil.example),red)">x</p>', "evil"),
    ('<img width="99999" height="99999" alt="x">', "9"),
    ('<td colspan="999" rowspan="65534">x</td>', "span"),
    ("<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>", "<img src=x"),
]


@pytest.mark.parametrize("text", KEPT)
def test_what_feedback_needs_is_kept(text):
    typed = text.replace(' target="_blank" rel="noopener noreferrer"', "")
    assert clean_html({}, typed) == text
    assert strip_files_prefix({}, typed) == text
    assert clean_html({}, typed.encode()) == text


@pytest.mark.parametrize(("text", "gone"), DROPPED)
def test_what_runs_or_fetches_is_dropped(text, gone):
    assert gone not in clean_html({}, text).replace("&lt;", "")  # escaped, it is only text
    assert gone not in strip_files_prefix({}, text)


SCRIPTS = [
    ("a<script>let x = '<b>';</script>b", "ab"),
    ("<SCRIPT type='x'>1</SCRIPT >b<script>2</script>", "b"),
    ("a <script>no end, so nothing is lost", "a &lt;script&gt;no end, so nothing is lost"),
    ("<scr<script>1</script>ipt>2</script>", "&lt;script&gt;2&lt;/script&gt;"),
    ("<scripture>1</scripture>", "&lt;scripture&gt;1&lt;/scripture&gt;"),
]


@pytest.mark.parametrize(("text", "left"), SCRIPTS)
def test_of_a_script_nothing_is_shown(text, left):
    assert clean(text) == left


@pytest.mark.parametrize("link", LINKS)
def test_a_link_to_what_may_be_here_is_dropped(link):
    link = link.replace("@HOST@", "localhost:8888").replace("@EVIL@", "x")
    assert "href" not in clean(f'<a href="{link}">x</a>')


@pytest.mark.parametrize("link", OUTSIDE)
def test_a_link_to_elsewhere_is_kept(link):
    assert f'href="{link}"' in clean(f'<a href="{link}">x</a>', ["localhost", "127.0.0.1"])


HOSTS = [  # where a link leads, what the machine is called, whether it is another one
    ("https://hub.uni.example/x", "hub.uni.example", False),
    ("https://HUB.uni.example:8000", "hub.uni.example", False),
    ("https://hub.uni.example", "teacher.hub.uni.example", False),
    ("https://eve.hub.uni.example", "hub.uni.example", False),
    ("https://uni.example", "hub.uni.example", False),
    ("https://www.uni.example", "hub.uni.example", True),
    ("https://anuni.example", "uni.example", True),
    ("https://uni.example.org", "uni.example", True),
    ("mailto:hub@hub.uni.example", "hub.uni.example", True),
]


@pytest.mark.parametrize(("link", "host", "other"), HOSTS)
def test_a_link_to_the_machine_that_serves_the_page_is_dropped(link, host, other):
    assert leads_out(link, [host]) is other
    assert ("href" in clean_html({"resources": {"hosts": (host,)}}, f"<a href='{link}'>")) is other


@pytest.mark.parametrize(
    ("headers", "hosts"),
    [
        ({"Host": "Lab.example:8888"}, ("lab.example",)),
        ({"Host": "127.0.0.1:80", "X-Forwarded-Host": "a.b:1, c.d"}, ("127.0.0.1", "a.b", "c.d")),
        ({"Host": "[::1]:8888"}, ("[::1]",)),
    ],
)
def test_the_machine_is_called_what_the_browser_and_its_proxy_call_it(headers, hosts):
    line = RequestStartLine("GET", "/", "HTTP/1.1")
    assert own_hosts(HTTPServerRequest(start_line=line, headers=HTTPHeaders(headers))) == hosts


@pytest.mark.parametrize("part", ["color: red ", "a", "a ", "a,", " ", "1", "k ", "rgb(", "&#117;"])
def test_a_long_attribute_takes_no_time(part):
    text = part * 20_000 + "!"
    start = time.process_time()
    Styles().sanitize_css(text)
    Styles().sanitize_css(f"color: {text}")
    clean(f'<p style="{text}" class="{text}">x</p><a href="https://{text}">x</a>')
    assert time.process_time() - start < 20  # it is a second; hours where a pattern goes back


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
