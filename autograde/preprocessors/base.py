"""What the preprocessors of a submission share."""

from nbgrader.preprocessors import NbGraderPreprocessor

from autograde.original import OriginalCell, course_directory, original_cells
from autograde.types import Resources


class SubmissionPreprocessor(NbGraderPreprocessor):
    """A step that mends a copy of a submission, and says what it mended."""

    def originals(self, resources: Resources) -> dict[str, OriginalCell]:
        """The released cells of the notebook at hand, by grade_id, in order."""
        here = resources["nbgrader"]
        return original_cells(course_directory(self), here["assignment"], here["notebook"])

    def note(self, resources: Resources, sentence: str) -> None:
        """Tell the instructor: in nbgrader's log, and in the table of ``autograde grade``."""
        resources.setdefault("autograde_notes", []).append(sentence)
        self.log.warning(sentence)
