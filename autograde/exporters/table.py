"""nbgrader's own table of grades, with what being late costs by now."""

from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin

from autograde.gradebook.lateness import settle


class TableExporter(CsvExportPlugin):
    """What ``nbgrader export`` writes if no exporter is named."""

    def export(self, gradebook: Gradebook) -> None:
        """Write the file."""
        for assignment in gradebook.assignments:
            settle(gradebook, self.config, assignment.name)
        super().export(gradebook)
