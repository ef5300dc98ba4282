"""nbgrader's templates, in which every value is escaped and every script is known.

They are not copied but read through `Escaping`, so that an nbgrader with other templates gets the
same care.
"""

import base64
import hashlib
import re
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path

from jinja2 import BaseLoader, Environment, FileSystemLoader
from nbgrader.server_extensions.formgrader.handlers import template_path

HERE = Path(__file__).resolve().parent

NONCE: ContextVar[str] = ContextVar("nonce", default="")
"""The word of the page that is being made: scripts that have it may run."""

SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.DOTALL)
QUOTED = re.compile(r'"\{\{ ([\w.]+) \}\}"')
JQUERY = re.compile(r'<script [^>]*/jquery\.min\.js"></script>')
HANDLER = re.compile(r'\bon[a-z]+="([^"{]*)"', re.IGNORECASE)

CONTENTS = re.compile(r'(<div id="toc">\s*)<ol>.*?</ol>', re.DOTALL)
OURS = "nbconvert/templates/backward_by_hand"

RENAMED = {"formgrade_macros.tpl": "formgrade/formgrade_macros.html.j2"}
"""nbgrader's page for a notebook that is not there imports a name from before its version 0.7."""


class Escaping(BaseLoader):
    """Reads templates with another loader, and makes them fit for an environment that escapes."""

    def __init__(self, loader: BaseLoader) -> None:
        self.loader = loader

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        """Return the source of a template, where it is, and whether that is still so."""
        source, *rest = self.loader.get_source(environment, RENAMED.get(template, template))
        return escaping(source), *rest  # type: ignore[return-value]


def escaping(source: str) -> str:
    """Give scripts the page's word, and make their strings of values; what was markup stays so."""
    text_only = (HERE / "text_only.js").read_text(encoding="utf-8")
    source = JQUERY.sub(lambda found: f"{found[0]}\n<script>\n{text_only}</script>", source)
    source = SCRIPT.sub(_known, source)
    source = CONTENTS.sub(rf"\1{{% include '{OURS}/contents.html.j2' %}}", source)
    # nbconvert's own two values that are markup.
    return source.replace("{{ css }}", "{{ css | safe }}").replace('"&nbsp;")', '"\N{NBSP}")')


def _known(script: re.Match[str]) -> str:
    code = QUOTED.sub(r"{{ \1 | tojson }}", script[2])
    return f'<script nonce="{{{{ nonce() }}}}"{script[1]}>{code}</script>'


def prepare(environment: Environment) -> Environment:
    """Make an environment escape, and know the word of the page."""
    environment.autoescape = True
    environment.globals["nonce"] = NONCE.get
    return environment


def environment() -> Environment:
    """Return an environment for the pages without a notebook."""
    loader = FileSystemLoader([str(HERE), template_path])
    return prepare(Environment(loader=Escaping(loader), autoescape=True))


def handlers_of_templates() -> list[str]:
    """Return what a policy says of the attributes such as ``onclick`` in nbgrader's templates."""
    found: set[str] = set()
    for path in [*Path(template_path).rglob("*.tpl"), *Path(template_path).rglob("*.j2")]:
        found.update(HANDLER.findall(path.read_text(encoding="utf-8")))
    return [f"'sha256-{_digest(code)}'" for code in sorted(found)]


def _digest(code: str) -> str:
    return base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
