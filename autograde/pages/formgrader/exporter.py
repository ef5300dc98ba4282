"""How a graded notebook becomes a page, in the form grader and as feedback."""

import re
from pathlib import Path
from typing import Any, Self

from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from nbconvert.exporters import HTMLExporter, TemplateExporter
from nbconvert.filters.markdown_mistune import InvalidNotebook, IPythonRenderer, MarkdownWithMath
from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter
from nbformat.notebooknode import NotebookNode
from traitlets.config import Config

from autograde.base.types import Resources
from autograde.pages.formgrader.templates import Escaping, prepare
from autograde.pages.pictures import Pictures, put_in

IMAGE = re.compile(r"""<img (?:[^"'>]|"[^"]*"|'[^']*')*>""")


class Renderer(IPythonRenderer):
    """nbconvert's, which makes no page at all where a picture is named that was not handed in.

    Attributes
    ----------
    pictures : Pictures
        Those that lie beside the notebook.
    """

    pictures: Pictures

    def _src_to_base64(self, src: str) -> str | None:
        return self.pictures.inlined(src)

    def _html_embed_images(self, html: str) -> str:
        return self.pictures.in_html(html)

    def _embed_image_or_attachment(self, src: str) -> str:
        try:
            found: str = super()._embed_image_or_attachment(src)
        except (InvalidNotebook, StopIteration):  # none of this name, or one without any form
            return f"missing-{src}"
        return found


class PageExporter(HTMLExporter):
    """nbconvert's exporter, in which a template's values are escaped unless a filter cleaned them.

    Attributes
    ----------
    settings : Config
        What it was made of.
    hosts : tuple of str
        What the machine that serves the page is called; no link leads there.
    """

    settings: Config
    hosts: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: Config) -> Self:
        """Return one for these settings."""
        made = cls(config=settings)
        made.settings = settings
        return made

    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: Resources | None = None, **kw: Any
    ) -> tuple[str, Resources]:
        """Convert a notebook, and leave what was cleaned as it is.

        `HTMLExporter` parses the whole page and writes it anew, which takes minutes where a
        student has many line breaks, only to add what is added here.
        """
        resources = self._init_resources(resources)
        kinds = WidgetsDataTypeFilter(  # type: ignore[no-untyped-call]
            notebook_metadata=self._nb_metadata, parent=self, resources=resources
        )
        self.register_filter("filter_data_type", kinds)  # type: ignore[no-untyped-call]
        page, made = TemplateExporter.from_notebook_node(self, nb, resources, **kw)
        return put_in(IMAGE.sub(described, page), made), made

    @pass_context
    def markdown2html(self, context: Context, source: str) -> str:
        """Make HTML of a Markdown text."""
        held = context.get("cell", {}).get("attachments", {})
        resources = context.get("resources", {})
        folder = resources.get("metadata", {}).get("path")
        renderer = Renderer(
            escape=False, attachments=held, exclude_anchor_links=True, embed_images=bool(folder)
        )
        renderer.pictures = Pictures(Path(folder or "."), resources)
        html: str = MarkdownWithMath(renderer=renderer).render(source)
        return html

    def _create_environment(self) -> Environment:
        environment = prepare(super()._create_environment())  # type: ignore[no-untyped-call]
        assert environment.loader is not None
        environment.loader = Escaping(environment.loader)
        return environment

    def _init_resources(self, resources: Resources | None) -> Any:
        made = super()._init_resources(resources)  # type: ignore[no-untyped-call]
        made["hosts"] = self.hosts
        return made


def described(image: re.Match[str]) -> str:
    """An image, with a text in its place if it has none."""
    if " alt=" in image[0]:
        return image[0]
    return image[0].replace("<img", '<img alt="No description was given for this image"', 1)
