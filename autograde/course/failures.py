"""nbgrader's converters log why they fail; ours remember it too, to tell it in one sentence."""

from typing import Any


class RemembersFailure:
    """Mixed into a converter, keeps the exception that nbgrader turns into a log line."""

    failure: Exception | None = None

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Prepare one assignment, as nbgrader does."""
        self._remember("init_assignment", assignment_id, student_id)

    def convert_single_notebook(self, notebook_filename: str) -> None:
        """Convert one notebook, as nbgrader does."""
        self._remember("convert_single_notebook", notebook_filename)

    def _remember(self, method: str, *arguments: Any) -> None:
        try:
            getattr(super(), method)(*arguments)
        except Exception as error:
            self.failure = error
            raise
