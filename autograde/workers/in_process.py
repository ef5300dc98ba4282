"""Grade in this process, one submission after the other."""

from collections.abc import Iterator

from traitlets.config import Config

from autograde.grading.pipeline import Outcome, Pipeline
from autograde.notebooks.released import Released
from autograde.notebooks.submission import Submission


class Here:
    """The only worker."""

    def __init__(self, released: Released, config: Config) -> None:
        self.pipeline = Pipeline(released, config)

    def grade(self, submissions: Iterator[Submission]) -> Iterator[Outcome]:
        """Grade all of them, in order."""
        return map(self.pipeline.grade, submissions)

    def close(self) -> None:
        """There is nothing to end."""
