"""The report as one HTML page, which needs no other file, no network and no script."""

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from autograde.reporting.report import DISCRIMINATION, SHARE, STATES, Report
from autograde.reporting.terminal import percent, told_apart


def as_page(report: Report, *, names: bool) -> str:
    """Return the page; whatever students wrote is text in it."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(percent=percent, told_apart=told_apart, with_code=_with_code)
    return environment.get_template("page.html.j2").render(
        report=report, names=names, states=STATES, about=DISCRIMINATION, share=SHARE
    )


def _with_code(text: str) -> Markup:
    """Set what stands between backticks as code, after all is made text."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text)))
