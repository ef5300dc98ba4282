"""Markup and scripts that are to run in the browser of whoever reads the feedback."""

# ruff: noqa: E501  (tables, one case a line)

from __future__ import annotations

from typing import Any

from nbformat.v4 import new_markdown_cell

from tests.attacks.rows import Row, right, sine

SCRIPT = "<script>alert('own')</script>"


def markdown(text: str, **more: Any):
    """Return a change that adds a cell of text and writes the text into the derivation."""

    def change(nb, find):
        cell = new_markdown_cell(text, id="text")
        cell.update(more)
        nb.cells.append(cell)
        find("why").source = text

    return change


# fmt: off
PAGES: list[Row] = [
    right("a script in a text", change=markdown(f"a\n\n{SCRIPT}\n\nb"), hidden=(SCRIPT, "<script>alert('own')")),
    right("a script in two halves", change=markdown("<scr<script></script>ipt>alert('own')</scr<script></script>ipt>"), hidden=("<script>alert('own')",)),
    right("an event", change=markdown("<img src=x onerror=alert('own')> <svg onload=alert('own')> <body onload=alert('own')>"), hidden=("<img src=x onerror", "<svg onload", "<body onload")),
    right("a link that is a script", change=markdown("[a](javascript:alert('own')) <a href=\"javascript:alert('own')\">b</a> [c](data:text/html,<script>alert('own')</script>)"), hidden=('href="javascript:', "href='javascript:", 'href="data:text/html')),
    right("a picture on the disk of whoever grades", change=markdown("![x](@ROOT@/autograde/secret) ![y](../../../secret) ![z](@FILE@) <img src='files/@FILE@'>")),
    right("a frame", change=markdown("<iframe src='http://127.0.0.1:1'></iframe><object data='x'></object><embed src='x'><form action='http://a'><input name=q></form><meta http-equiv='refresh' content='0; url=http://a'>"), hidden=("<iframe", "<object", "<embed", "<form", "url=http://a\">")),
    right("a style that covers the page", change=markdown("<style>body{display:none}</style><div style='position:fixed;top:0;background:url(http://a/b)'>x</div><link rel=stylesheet href=http://a>"), hidden=("<style>body{display", "position:fixed;top:0;background", "url(http://a/b)", "<link rel=stylesheet href=http://a")),
    right("an attachment that is a page", change=markdown("![x](attachment:a.svg)", attachments={"a.svg": {"image/svg+xml": "PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+", "text/html": SCRIPT}}), hidden=("data:text/html", "<svg onload")),
    right("displayed markup", f"from IPython.display import HTML, Javascript, SVG, Markdown, Latex, display\ndisplay(HTML(\"{SCRIPT}\"), Javascript(\"alert('own')\"), Markdown(\"{SCRIPT}\"), Latex(\"{SCRIPT}\"))\ndisplay(SVG('<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>'))", hidden=(SCRIPT, "<svg xmlns=\"http://www.w3.org/2000/svg\" onload")),
    right("printed markup", f"import sys\nprint(\"{SCRIPT}\")\nprint(\"{SCRIPT}\", file=sys.stderr)\n\"{SCRIPT}\"", hidden=(SCRIPT,)),
    right("colours of the terminal with markup", f"print('\\x1b[31;<script>m{SCRIPT}'.replace('\"', ''))\nprint('\\x1b]8;;javascript:alert(1)\\x07x\\x1b]8;;\\x07')" .replace("alert('own')", "alert(own)"), hidden=("<script>alert(own)", 'href="javascript:')),
    right("markup in the text for a picture", "from IPython.display import display\nimport matplotlib.pyplot as plt, io\nfile = io.BytesIO()\nplt.figure(figsize=(1, 1)).savefig(file, format='png')\ndisplay({'image/png': file.getvalue(), 'text/plain': ''}, {'image/png': {'alt': '\"><script>alert(1)</script>', 'width': '1\" onload=\"alert(1)'}}, raw=True)", hidden=("\"><script>alert(1)", "width=\"1\" onload")),
    right("an exception with markup", f"name = \"{SCRIPT}\"\nraise type(name, (Exception,), {{}})(name)", hidden=(SCRIPT,)),
    sine("an exception with markup in an answer", f"raise type(\"{SCRIPT}\", (Exception,), {{}})(\"{SCRIPT}\")", hidden=(SCRIPT,)),
    sine("a printed script in an answer", f"print(\"{SCRIPT}\")\nreturn x", hidden=(SCRIPT,)),
    right("markup in the source", f"# {SCRIPT}\nx = '</pre></div>{SCRIPT}'".replace("'own'", "own"), hidden=("<script>alert(own)",)),
    right("markup in the notebook's own metadata", change=lambda nb, find: nb.metadata.update(title=f"</title>{SCRIPT}", authors=[{"name": SCRIPT}], language_info={"name": f"\">{SCRIPT}", "pygments_lexer": SCRIPT, "codemirror_mode": SCRIPT}, widgets={"application/vnd.jupyter.widget-state+json": {"state": {"a": {"model_name": SCRIPT}}, "version_major": 2}}, kernelspec={"name": SCRIPT, "display_name": SCRIPT, "language": SCRIPT}), hidden=(SCRIPT,)),
    right("markup in a cell's metadata", change=lambda nb, find: [cell.metadata.update(tags=[f"\">{SCRIPT}"], name=SCRIPT, slideshow={"slide_type": f"\">{SCRIPT}"}) or cell.update(id=f"i{n}") for n, cell in enumerate(nb.cells)] and None, hidden=(SCRIPT,)),
    right("half a character", "print('\\ud800')\n'\\udfff'"),
    sine("half a character in an answer", "raise ValueError('\\ud800')"),
    right("characters that turn the text around", "print('\\u202e0.2 :thgir\\x00\\x08\\x1b[2J')\n'\\x00'"),
    right("text that takes long to read", change=markdown("[" * 30_000 + "*a **b " * 3000), verdicts="*"),
    right("markup that is nested deeply", change=markdown("<div>" * 3000 + "> " * 500 + "x"), verdicts="*"),
]
# fmt: on
