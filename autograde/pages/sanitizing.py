"""The HTML that a student's notebook may put into the form grader and into feedback.

nbconvert's own `clean_html` knows neither headings nor pictures, and shows them as text; and
nbgrader's templates do not use it for Markdown cells at all, so that a script in one runs in the
instructor's browser. `FILTERS` replaces both filters in nbgrader's templates. What has been cleaned
then gets its formulas, as MathML.
"""

import html
import re

import bleach  # type: ignore[import-untyped]
from bleach.css_sanitizer import CSSSanitizer  # type: ignore[import-untyped]
from nbconvert.filters.ansi import strip_ansi

from autograde.pages.mathematics import with_mathematics, words

TAGS = frozenset(
    words(
        "a abbr b blockquote br caption code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i"
        " img kbd li ol p pre s span strong sub summary sup table tbody td tfoot th thead tr ul"
    )
)
ATTRIBUTES = frozenset(
    words("align alt aria-label class colspan height role rowspan scope start style title width")
)
STYLES = words(
    "background background-color border border-bottom border-left border-right border-top color"
    " font-family font-size font-style font-weight height margin max-width padding text-align"
    " white-space width"
)
PICTURE = re.compile(r"data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/=\s]*")
SCRIPT = re.compile(r"<script\b[^<>]*>", re.IGNORECASE)
SCRIPT_END = re.compile(r"</script\s*>", re.IGNORECASE)
FILES_PREFIX = re.compile(r"(src|href)=(['\"]?)/?files/", re.IGNORECASE)
LINK = re.compile(r"(https?://|mailto:|#)", re.IGNORECASE)


class Styles(CSSSanitizer):
    """Lets nothing through that fetches something, such as a background from another site."""

    def sanitize_css(self, style: str) -> str:
        """Clean the text of a style attribute."""
        if re.search(r"url|image|expression|import|\\", style, re.IGNORECASE):
            return ""
        return str(super().sanitize_css(style))


def allowed(tag: str, name: str, value: str) -> bool:
    """Whether a tag may have an attribute: pictures are in the page, links lead out of it."""
    if name == "src":
        return tag == "img" and PICTURE.fullmatch(value) is not None
    if name == "href":
        return tag == "a" and LINK.match(value) is not None
    return name in ATTRIBUTES


def without_scripts(text: str) -> str:
    """`text` without its scripts: bleach would show what is in them, and a player's is long.

    What is left is cleaned after this, so that nothing can be made out of two halves.
    """
    kept, at = [], 0
    while (start := SCRIPT.search(text, at)) and (end := SCRIPT_END.search(text, start.end())):
        kept.append(text[at : start.start()])
        at = end.end()
    return "".join([*kept, text[at:]])


def clean_html(element: str | bytes) -> str:
    """`element` without anything that runs, fetches, or covers the page."""
    text = without_scripts(element.decode() if isinstance(element, bytes) else str(element))
    return str(
        bleach.clean(
            text,
            tags=TAGS,
            attributes=allowed,
            protocols=["http", "https", "mailto", "data"],
            css_sanitizer=Styles(allowed_css_properties=STYLES),
        )
    )


def strip_files_prefix(text: str) -> str:
    """What nbgrader's templates put every Markdown cell through: cleans it, and sets its formulas.

    nbconvert's own also looks for links that are still Markdown, which takes hours where a text
    has very many opening brackets.
    """
    return with_mathematics(clean_html(FILES_PREFIX.sub(r"\1=\2", text)))


def without_colours(text: str) -> str:
    """What was printed, without its colours: IPython's are made for a dark screen."""
    return html.escape(strip_ansi(str(text)))  # type: ignore[no-untyped-call]


FILTERS = {
    "ansi2html": "autograde.pages.sanitizing.without_colours",
    "clean_html": "autograde.pages.sanitizing.clean_html",
    "strip_files_prefix": "autograde.pages.sanitizing.strip_files_prefix",
}
