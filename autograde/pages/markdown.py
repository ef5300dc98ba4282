"""Markdown of the course's own, such as a rubric, as it stands in a page."""

from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from autograde.pages.mathematics import with_mathematics
from autograde.pages.sanitizing import clean


def html_of(text: str) -> str:
    """Return clean HTML, its formulas drawn."""
    made = MarkdownWithMath(renderer=IPythonRenderer(escape=False)).render(text)
    return with_mathematics(clean(made))
