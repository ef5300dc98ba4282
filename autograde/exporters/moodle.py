"""Grades for Moodle: Grades > Import > CSV file.

Moodle's form asks which column says who a person is ("map from") and what it is compared with
("map to": email address, ID number or username), and which column is which grade item. See
https://docs.moodle.org/en/Grade_import. Three things in how Moodle reads the file
(``grade/import/csv/classes/load_data.php``) decide what is written here:

- somebody whom it does not know stops the whole import;
- a line with an empty cell in that column counts for the person of the line before;
- ``-`` is no grade, for a new grade item and for an old one.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from traitlets import Enum

from autograde.exporters.base import Platform, harmless, identified

NAMES = {"email": "Email address", "id": "Username", "lms_user_id": "ID number"}
"""The head of the column that says who a person is: what to choose in Moodle's form."""


class MoodleExporter(Platform):
    """``nbgrader export --exporter=autograde.exporters.moodle.MoodleExporter``."""

    file = "moodle.csv"
    missing = "-"

    identify = Enum(
        list(NAMES),
        default_value="email",
        help="what of a student in the gradebook Moodle is to know the student by: `email`"
        " (map to 'Email address'), `id` ('Username') or `lms_user_id` ('ID number')",
    ).tag(config=True)

    def header(self, assignments: Sequence[Any]) -> list[list[str]]:
        """One line; Moodle's own export has these names."""
        people = [NAMES[self.identify], "First name", "Last name"]
        return [people + [self.title(each) for each in assignments]]

    def lines(self, students: Sequence[Any], notes: list[str]) -> Iterator[tuple[Any, list[str]]]:
        """Students whom Moodle can find."""
        keys = [getattr(each, self.identify) for each in students]
        for student, key in identified(students, keys, NAMES[self.identify].lower(), notes):
            yield student, [key, harmless(student.first_name), harmless(student.last_name)]
