"""Formulas as MathML, which browsers draw by themselves: no script, no font and no network.

nbgrader's pages load MathJax from another site, which an exam room or a student's train does not
have, and which could do anything in the instructor's browser. `with_mathematics` writes the
formulas into the page instead. Where a formula is not understood it stays as it was typed.
"""

import html
import re
import unicodedata
from contextlib import suppress
from xml.etree.ElementTree import Element, tostring

from latex2mathml.converter import Converter

FORMULA = re.compile(
    r"\$\$(?P<display>[^$]+)\$\$"
    r"|\\\[(?P<bracket>.{1,2000}?)\\\]"
    r"|(?P<environment>\\begin\{(?P<name>[a-z]+\*?)\}.{1,2000}?\\end\{(?P=name)\})"
    r"|(?<!\\)\$(?P<inline>(?:[^$\\]|\\.)+)\$"
    r"|\\\((?P<paren>.{1,2000}?)\\\)",
    re.DOTALL,
)
PIECE = re.compile(r"""<(?:"[^"]*"|'[^']*'|[^<>"'])*>|[^<]+|<""")
"""A tag, or what is between two. In a cleaned text a `<` begins a tag; a `>` may be quoted in it,
and a formula in there, such as a picture's description, must stay what it is."""

LONGEST = 2_000  # characters of a formula; a derivation's longest has a few hundred
LONGEST_PIECE = 50_000  # a text without any tag that is longer is nobody's derivation
# Definitions can grow without end, and the others set attributes of their own.
REFUSED = re.compile(r"\\(newcommand|renewcommand|def|href|class|style|url|includegraphics)\b")


LARGE = re.compile(r"(?<![.\d])\d{3,}(?!%)")
"""A length of a hundred or more in any unit, which is larger than any formula."""


def words(text: str) -> list[str]:
    """The words of `text`."""
    return text.split()


ELEMENTS = frozenset(
    words(
        "math maction menclose mfenced mfrac mi mmultiscripts mn mo mover mpadded"
        " mphantom mprescripts mroot mrow ms mspace msqrt mstyle msub msubsup msup mtable"
        " mtd mtext mtr munder munderover none"
    )
)
ATTRIBUTES = frozenset(
    words(
        "accent accentunder columnalign columnlines columnspacing columnspan depth"
        " displaystyle display fence form height largeop linethickness lspace mathsize"
        " mathvariant maxsize minsize movablelimits notation rowlines rowspacing rspace"
        " scriptlevel separator stretchy symmetric voffset width xmlns"
    )
)


def with_mathematics(text: str) -> str:
    """HTML that was cleaned already, with its formulas as MathML; code stays as it is."""
    parts: list[str] = []
    code = 0  # how deep in <code> or <pre>
    for piece in PIECE.findall(text):
        if tag := re.match(r"<(/?)(code|pre|kbd)\b", piece):
            code += -1 if tag[1] else 1
        kept = piece.startswith("<") or code > 0 or len(piece) > LONGEST_PIECE
        parts.append(piece if kept else FORMULA.sub(_replace, piece))
    return "".join(parts)


def _replace(match: re.Match[str]) -> str:
    inline = match["inline"] or match["paren"]
    latex = inline or match["display"] or match["bracket"] or match["environment"]
    return mathml(html.unescape(latex), display=not inline) or match[0]


def mathml(latex: str, *, display: bool = False) -> str | None:
    """One formula as a MathML element that holds nothing else; None if it is not understood."""
    if len(latex) > LONGEST or REFUSED.search(latex):
        return None
    try:
        converter = Converter(display="block" if display else "inline")
        element = converter.convert_to_element(latex.strip())
        # Not its own text: that undoes the escaping, and so lets any HTML through.
        _clean(element)
        return tostring(element, encoding="unicode")
    except Exception:  # a student's half-typed formula; also RecursionError
        return None


def _clean(element: Element, *, sized: bool = False) -> None:
    """Make an element and all below it harmless, or raise; `sized` if one around has a size."""
    if element.tag not in ELEMENTS:
        raise ValueError(element.tag)
    for name, value in list(element.attrib.items()):
        if name not in ATTRIBUTES or (name != "xmlns" and LARGE.search(value)):
            del element.attrib[name]
    if element.attrib.get("mathsize"):
        if sized:  # sizes in each other grow without end
            del element.attrib["mathsize"]
        sized = True
    # The library writes characters as entities, and counts on them not being escaped.
    element.text = html.unescape(element.text or "")
    element.tail = html.unescape(element.tail or "")
    variant = element.get("mathvariant", "normal")
    if variant != "normal":  # the only one that browsers know
        del element.attrib["mathvariant"]
        element.text = "".join(_in_style(letter, variant) for letter in element.text)
    for child in element:
        _clean(child, sized=sized)


def _in_style(letter: str, variant: str) -> str:
    """The character that Unicode has for a letter in a style of MathML, such as `bold`."""
    name = re.fullmatch(
        r"(?:LATIN |GREEK )?(SMALL|CAPITAL|DIGIT) (?:LETTER )?(\w+)", unicodedata.name(letter, "")
    )
    if name is not None:
        for prefix in ("MATHEMATICAL ", ""):  # some are older: DOUBLE-STRUCK CAPITAL R
            with suppress(KeyError):
                return unicodedata.lookup(f"{prefix}{variant.upper()} {name[1]} {name[2]}")
    return letter
