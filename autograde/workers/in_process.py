"""Grade in this process, one submission after the other."""

from collections.abc import Iterator

from traitlets.config import Config

from autograde.grading.pipeline import Outcome, Pipeline
from autograde.notebooks.released import Released
from autograde.notebooks.submission import Submission
from autograde.workers.base import Tell, tell_nobody


class Here:
    """The only worker."""

    def __init__(self, released: Released, config: Config, tell: Tell = tell_nobody) -> None:
        self.pipeline = Pipeline(released, config)
        self.tell = tell

    def grade(self, submissions: Iterator[Submission]) -> Iterator[Outcome]:
        """Grade all of them, in order."""
        for submission in submissions:
            self.tell([submission.student])
            yield self.pipeline.grade(submission)

    def close(self) -> None:
        """There is nothing to end."""
