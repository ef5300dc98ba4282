"""How a graded notebook becomes a page, in the form grader and as feedback."""

from typing import Any, Self

from jinja2 import Environment
from nbconvert.exporters import HTMLExporter
from traitlets.config import Config

from autograde.formgrader.templates import Escaping, prepare
from autograde.types import Resources


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

    def _create_environment(self) -> Environment:
        environment = prepare(super()._create_environment())  # type: ignore[no-untyped-call]
        assert environment.loader is not None
        environment.loader = Escaping(environment.loader)
        return environment

    def _init_resources(self, resources: Resources | None) -> Any:
        made = super()._init_resources(resources)  # type: ignore[no-untyped-call]
        made["hosts"] = self.hosts
        return made
