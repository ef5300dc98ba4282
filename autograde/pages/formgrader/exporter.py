"""How a graded notebook becomes a page, in the form grader and as feedback."""

import re
from typing import Any, Self

from jinja2 import Environment
from nbconvert.exporters import HTMLExporter, TemplateExporter
from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter
from nbformat.notebooknode import NotebookNode
from traitlets.config import Config

from autograde.base.types import Resources
from autograde.pages.formgrader.templates import Escaping, prepare

IMAGE = re.compile(r"""<img (?:[^"'>]|"[^"]*"|'[^']*')*>""")


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
        return IMAGE.sub(described, page), made

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
