"""What a test hands in, and sees of a graded class: the gradebook's rows and the files."""

from __future__ import annotations

import copy
import json

from nbgrader.api import Gradebook
from sqlalchemy import text

NAME = "00_fixture"


def with_answers(nb, find, **answers):
    """A copy of a notebook with other answers."""
    nb = copy.deepcopy(nb)
    for name, source in answers.items():
        find(nb, name).source = source
    return nb


def book(course):
    """All that the gradebook holds of every submission, without the rows' own ids."""
    with Gradebook(course.app.coursedir.db_url, course.app.coursedir.course_id) as gradebook:
        return {
            each.student.id: {
                "timestamp": each.timestamp,
                "score": each.score,
                "max": each.max_score,
                "needs": each.needs_manual_grade,
                "penalty": each.late_submission_penalty,
                "grades": {
                    grade.name: (grade.auto_score, grade.manual_score, grade.needs_manual_grade)
                    for notebook in each.notebooks
                    for grade in notebook.grades
                },
                "comments": {
                    comment.name: comment.auto_comment
                    for notebook in each.notebooks
                    for comment in notebook.comments
                },
            }
            for each in gradebook.assignment_submissions(NAME)
        }


def graded_files(course):
    folder = course.root / "autograde" / "autograded"
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = path.relative_to(folder).as_posix()
            content = path.read_text()
            found[name] = json.loads(content) if path.suffix == ".ipynb" else content
    return found


def counts(course):
    """How many rows there are of all submissions: each must be there once."""
    with Gradebook(course.app.coursedir.db_url, course.app.coursedir.course_id) as gradebook:
        ask = gradebook.db.execute
        return {
            "submissions": ask(text("SELECT count(*) FROM submitted_assignment")).scalar(),
            "grades": ask(text("SELECT count(*) FROM grade")).scalar(),
        }
