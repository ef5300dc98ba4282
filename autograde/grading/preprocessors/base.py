"""What the preprocessors of a submission share."""

from nbgrader.preprocessors import NbGraderPreprocessor

from autograde.base.secret import secret_of
from autograde.base.types import Resources
from autograde.notebooks.original import OriginalCell, course_directory
from autograde.notebooks.released import ReleasedNotebook, released_notebook


class SubmissionPreprocessor(NbGraderPreprocessor):
    """A step that mends a copy of a submission, and says what it mended.

    What was released is in ``resources["released"]`` where whole classes are graded; in nbgrader's
    own commands it is looked up when first it is needed.
    """

    def released(self, resources: Resources) -> ReleasedNotebook:
        """The notebook at hand, as it was released."""
        if "released" not in resources:
            here = resources["nbgrader"]
            resources["released"] = released_notebook(
                course_directory(self), here["assignment"], here["notebook"]
            )
        found: ReleasedNotebook = resources["released"]
        return found

    def originals(self, resources: Resources) -> dict[str, OriginalCell]:
        """The released cells of the notebook at hand, by grade_id, in order."""
        return self.released(resources).originals

    def secret(self, resources: Resources) -> bytes:
        """The course's secret."""
        if "secret" not in resources:
            resources["secret"] = secret_of(course_directory(self))
        found: bytes = resources["secret"]
        return found

    def note(self, resources: Resources, sentence: str) -> None:
        """Tell the instructor: in nbgrader's log, and in the table of ``autograde grade``."""
        resources.setdefault("autograde_notes", []).append(sentence)
        self.log.warning(sentence)
