"""The HTML that a student's notebook may put into the form grader and into feedback.

nbconvert's own `clean_html` knows neither headings nor pictures, and shows them as text; and
nbgrader's templates do not use it for Markdown cells at all, so that a script in one runs in the
instructor's browser. `FILTERS` replaces the filters of nbgrader's templates by which something of
a notebook gets into a page. What has been cleaned then gets its formulas, as MathML.

Everything is named that may pass, and nothing that may not: a tag, an attribute with what it may
say, a declaration of style with what it may be. How a page keeps what has passed in its place is
in autograde/jupyter/nbconvert/templates/backward_by_hand/page.html.j2.
"""

import html
import re
from collections.abc import Collection

import bleach  # type: ignore[import-untyped]
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from nbconvert.filters.ansi import strip_ansi
from nbconvert.filters.highlight import Highlight2HTML
from pygments.token import STANDARD_TYPES  # type: ignore[import-untyped]

from autograde.pages.mathematics import with_mathematics, words

TAGS = frozenset(
    words(
        "a abbr b blockquote br caption code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i"
        " img kbd li ol p pre s span strong sub summary sup table tbody td tfoot th thead tr ul"
    )
)

HIGHLIGHTED = "|".join(map(re.escape, filter(None, ["highlight", *STANDARD_TYPES.values()])))
CLASSES = rf"alert alert-info|\s*(?:{HIGHLIGHTED})(?:\s+(?:{HIGHLIGHTED}))*\s*"
"""Those of the highlighter, and the box that Jupyter has for a note. With any other class of the
page a text could look, and be taken by its scripts, as a part of the form grader."""

ATTRIBUTES = {
    name: re.compile(pattern, re.DOTALL)
    for name, pattern in {
        "align": "left|right|center|justify",
        "alt": ".*",
        "aria-label": ".*",
        "class": CLASSES,
        "colspan": r"\d{1,2}",
        "height": r"\d{1,4}",
        "role": "img",
        "rowspan": r"\d{1,2}",
        "scope": "col|row",
        "start": r"\d{1,6}",
        "style": ".*",  # see `Styles`
        "title": ".*",
        "width": r"\d{1,4}%?",
    }.items()
}

SIZE = r"\d{1,2}(?:\.\d{1,3})?(?:px|pt|ex|ch|%)?|\d(?:\.\d{1,3})?r?em|[1-9]00|100%"
COLOUR = r"#[0-9a-f]{3,8}|(?:rgb|hsl)a?\([\d\s.,%/]{1,40}\)"
VALUE = rf"(?:{COLOUR}|{SIZE}|[a-z][a-z-]{{0,30}})(?:\s*,\s*|\s+|$)"
DECLARATION = re.compile(
    r"\s*(?:(?P<name>background(?:-color)?|border(?:-(?:bottom|left|right|top))?|color"
    r"|font-(?:family|size|style|weight)|margin|padding|text-align|white-space)"
    rf"\s*:\s*(?P<value>(?:{VALUE}){{1,12}})"
    r"|(?P<width>(?:max-)?width)\s*:\s*(?P<wide>auto|\d{1,4}px|\d{1,3}%))\s*",
    re.IGNORECASE | re.ASCII,
)
"""A property with words, sizes and colours: without a function or a string nothing is fetched."""

PICTURE = re.compile(r"data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/=\s]*")
SCRIPT = re.compile(r"<script\b[^<>]*>", re.IGNORECASE)
SCRIPT_END = re.compile(r"</script\s*>", re.IGNORECASE)
FILES_PREFIX = re.compile(r"(src|href)=(['\"]?)/?files/", re.IGNORECASE)

LINK = re.compile(
    r"https?://(?P<host>(?:[a-z0-9-]+\.)+[a-z]{2,63})(?::\d{1,5})?(?:[/?#][^\s\\]*)?"
    r"|mailto:[\w.+-]+@[\w.-]+",
    re.IGNORECASE | re.ASCII,
)
"""Letters only after the last dot, so no number of a machine in any of its spellings; and no name
without a dot, no user, no escape and no letter that a browser would write in another way."""

HERE = frozenset(words("localhost localdomain local internal intranet lan home corp arpa"))
"""Last parts of names that mean this machine or this network."""

LINK_START = re.compile(r"<a(?=[ >])")


class Styles:
    """Keeps of a style attribute the declarations that are nothing but looks."""

    def sanitize_css(self, style: str) -> str:
        """Clean the text of a style attribute; bleach leaves its entities as they were typed."""
        parts = (DECLARATION.fullmatch(part) for part in html.unescape(style).split(";"))
        return " ".join(
            f"{found['name'] or found['width']}: {(found['value'] or found['wide']).strip()};"
            for found in parts
            if found
        )


def clean(text: str, hosts: Collection[str] = ()) -> str:
    """`text` without anything that runs, fetches, covers the page, or leads to `hosts`."""

    def allowed(tag: str, name: str, value: str) -> bool:
        if name == "src":
            return tag == "img" and PICTURE.fullmatch(value) is not None
        if name == "href":
            return tag == "a" and leads_out(value, hosts)
        return name in ATTRIBUTES and ATTRIBUTES[name].fullmatch(value) is not None

    cleaned = bleach.clean(
        without_scripts(text),
        tags=TAGS,
        attributes=allowed,
        protocols=["http", "https", "mailto", "data"],
        css_sanitizer=Styles(),
    )
    # In a cleaned text a `<` begins a tag.
    return LINK_START.sub('<a target="_blank" rel="noopener noreferrer"', cleaned)


def leads_out(address: str, hosts: Collection[str] = ()) -> bool:
    """Whether a link leads to a machine that is none of `hosts`, nor one above or below it."""
    found = LINK.fullmatch(address)
    if found is None:
        return False
    if found["host"] is None:  # a letter
        return True
    name = found["host"].lower()
    return name.rpartition(".")[2] not in HERE and not any(
        f".{name}".endswith(f".{host}") or f".{host}".endswith(f".{name}")
        for host in map(str.lower, hosts)
    )


def without_scripts(text: str) -> str:
    """`text` without its scripts: bleach would show what is in them, and a player's is long.

    What is left is cleaned after this, so that nothing can be made out of two halves.
    """
    kept, at = [], 0
    while (start := SCRIPT.search(text, at)) and (end := SCRIPT_END.search(text, start.end())):
        kept.append(text[at : start.start()])
        at = end.end()
    return "".join([*kept, text[at:]])


# ---- what nbgrader's templates call ---------------------------------------------------


def own_hosts(context: Context) -> Collection[str]:
    """What the form grader's own machine is called; a page of feedback does not know."""
    hosts: Collection[str] = context.get("resources", {}).get("hosts") or ()
    return hosts


@pass_context
def clean_html(context: Context, element: str | bytes) -> Markup:
    """An output."""
    text = element.decode() if isinstance(element, bytes) else str(element)
    return Markup(clean(text, own_hosts(context)))


@pass_context
def strip_files_prefix(context: Context, text: str) -> Markup:
    """A Markdown cell: cleaned, and its formulas set.

    nbconvert's own also looks for links that are still Markdown, which takes hours where a text
    has very many opening brackets.
    """
    cleaned = clean(FILES_PREFIX.sub(r"\1=\2", text), own_hosts(context))
    return Markup(with_mathematics(cleaned))


def without_colours(text: str) -> Markup:
    """What was printed, without its colours: IPython's are made for a dark screen."""
    return Markup(html.escape(strip_ansi(str(text))))  # type: ignore[no-untyped-call]


def highlight_code(source: str, metadata: object = None) -> Markup:
    """Python, whatever a notebook says that it is: that would become a class in the page."""
    return Markup(Highlight2HTML()(source))  # type: ignore[no-untyped-call]


FILTERS = {
    "ansi2html": "autograde.pages.sanitizing.without_colours",
    "clean_html": "autograde.pages.sanitizing.clean_html",
    "highlight_code": "autograde.pages.sanitizing.highlight_code",
    "strip_files_prefix": "autograde.pages.sanitizing.strip_files_prefix",
}
