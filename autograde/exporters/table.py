"""nbgrader's own table of grades, with what being late costs by now."""

from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin

from autograde.exporters.base import with_source
from autograde.gradebook.lateness import settle


class TableExporter(CsvExportPlugin):
    """What ``nbgrader export`` writes if no exporter is named."""

    def export(self, gradebook: Gradebook) -> None:
        """Write the file."""
        notes: list[str] = []
        if not self.assignment:
            there = [each.name for each in with_source(self, gradebook.assignments, notes)]
            self.assignment: list[str] = there or [""]  # an empty list would be all of them
        for note in notes:
            self.log.warning(note)
        for assignment in gradebook.assignments:
            settle(gradebook, self.config, assignment.name)
        super().export(gradebook)
