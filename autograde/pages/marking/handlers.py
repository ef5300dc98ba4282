"""What the form grader's page asks for, and what becomes of a mark that somebody else gave, too."""

import getpass
import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

from nbgrader.api import MissingEntry
from nbgrader.server_extensions.formgrader import base
from tornado import web

from autograde.pages.marking.records import last_marks, record
from autograde.pages.marking.rubric import adding_up, rubrics_in

MOST_COMMENTS = 8
"""Comments used before that are shown, those used most often first."""


def beside(handler: Any, notebook: Any) -> dict[str, dict[str, Any]]:
    """What stands beside each answer: the rubric, the items that were given, earlier comments."""
    name, assignment = notebook.name, notebook.assignment.name
    course = handler.coursedir
    folder = course.format_path(course.source_directory, ".", assignment)
    rubrics = rubrics_in(Path(course.root, folder, f"{name}.ipynb"))
    marks = last_marks(Path(course.root))
    comments = used_before(handler.gradebook, notebook)
    return {
        grade.name: {
            "rubric": [
                {"points": each.points, "html": each.html()}
                for each in adding_up(rubrics.get(grade.name, []), grade.max_score)
            ],
            "parts": standing(grade, marks.get(grade.id)),
            "comments": comments.get(grade.name, []),
        }
        for grade in notebook.grades
        if grade.name in rubrics or grade.name in comments
    }


def used_before(gradebook: Any, notebook: Any) -> dict[str, list[str]]:
    """The comments that others' answers to the same cells have, by cell."""
    counts: dict[str, Counter[str]] = {}
    for other in gradebook.notebook_submissions(notebook.name, notebook.assignment.name):
        for comment in other.comments if other.id != notebook.id else []:
            if comment.manual_comment and comment.manual_comment.strip():
                counts.setdefault(comment.name, Counter())[comment.manual_comment.strip()] += 1
    return {
        name: [text for text, _ in each.most_common(MOST_COMMENTS)] for name, each in counts.items()
    }


def standing(grade: Any, mark: Any) -> list[float | None] | None:
    """The items of a mark, as long as it is the one that the gradebook has."""
    return mark.parts if mark and mark.score == grade.manual_score else None


class Grades:
    """All grades of a submitted notebook."""

    @web.authenticated
    @base.check_xsrf  # type: ignore[untyped-decorator]
    @base.check_notebook_dir  # type: ignore[untyped-decorator]
    def get(self: Any) -> None:
        """Send them, with what stands beside them, and what has to come back with a mark."""
        self.gradebook.db.rollback()  # what another assistant's server wrote
        notebook = found(
            self.gradebook.find_submission_notebook_by_id, self.get_argument("submission_id")
        )
        marking = beside(self, notebook)
        self.write(
            json.dumps(
                [{**sent(each), "marking": marking.get(each.name)} for each in notebook.grades]
            )
        )


class Grade:
    """One grade."""

    @web.authenticated
    @base.check_xsrf  # type: ignore[untyped-decorator]
    @base.check_notebook_dir  # type: ignore[untyped-decorator]
    def put(self: Any, grade_id: str) -> None:
        """Enter a mark, unless somebody has entered another one since the page was made."""
        self.gradebook.db.rollback()
        grade, data = found(self.gradebook.find_grade_by_id, grade_id), self.get_json_body()
        root = Path(self.coursedir.root)
        if data.get("seen", seen(grade)) != seen(grade):
            mark = last_marks(root).get(grade.id)
            self.set_status(409)
            self.write(
                json.dumps(
                    {"who": mark.who if mark else "somebody else", "score": grade.manual_score}
                )
            )
            return
        grade.manual_score = number(data.get("manual_score"))
        grade.extra_credit = number(data.get("extra_credit"))
        grade.needs_manual_grade = grade.manual_score is None and grade.auto_score is None
        self.gradebook.db.commit()
        record(root, grade, who(self), parts_of(data.get("parts")))
        self.write(json.dumps(sent(grade)))


def found(find: Any, id_: str) -> Any:
    """What nbgrader finds by an id, or a page that says that there is nothing."""
    try:
        return find(id_)
    except MissingEntry:
        raise web.HTTPError(404) from None


def seen(grade: Any) -> str:
    """What a page knew of a mark when it was made."""
    return json.dumps([grade.manual_score, grade.extra_credit])


def sent(grade: Any) -> dict[str, Any]:
    """A grade as nbgrader sends it, with that."""
    return {**grade.to_dict(), "seen": seen(grade)}


def number(value: Any) -> float | None:
    """A score that a page sent; its fields send text."""
    if value is None or value == "":
        return None
    try:
        score = float(value)
    except (TypeError, ValueError):
        raise web.HTTPError(400) from None
    if not math.isfinite(score):
        raise web.HTTPError(400)
    return score


def parts_of(value: Any) -> list[float | None] | None:
    """The items that a page sent."""
    return [number(each) for each in value[:100]] if isinstance(value, list) else None


def who(handler: Any) -> str:
    """Who is asking, by the name that a hub or the system has for them."""
    user = handler.current_user
    name = user.get("name", "") if isinstance(user, dict) else getattr(user, "username", "")
    anonymous = str(getattr(user, "name", "") or "").startswith("Anonymous")
    return str(name) if name and not anonymous else getpass.getuser()
