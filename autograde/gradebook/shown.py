"""Whether a page of feedback shows what the gradebook and the graded notebook hold now."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

STATE = re.compile(r'<meta name="shown" content="([0-9a-f]{64})">')


def state_of(notebook: Any, graded: Path) -> str:
    """A word for all that a page is made of: another after any change to a score or a comment.

    Parameters
    ----------
    notebook : nbgrader.api.SubmittedNotebook
    graded : Path
        The graded notebook.
    """
    marks = {
        each.name: (each.score, each.max_score, waits_for_a_mark(each)) for each in notebook.grades
    }
    comments = {each.name: each.comment for each in notebook.comments}
    parts = [marks, comments, notebook.score, notebook.late_submission_penalty or 0.0]
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode())
    digest.update(graded.read_bytes())
    return digest.hexdigest()


def waits_for_a_mark(grade: Any) -> bool:
    """Whether a person is to mark it and has not."""
    return bool(
        grade.needs_manual_grade and grade.manual_score is None and grade.auto_score is None
    )


def tag_of(state: str) -> str:
    """What a page has in its head, where nothing of a submission is."""
    return f'<meta name="shown" content="{state}">'


def shows(page: Path, notebook: Any, graded: Path) -> bool:
    """Whether a page is of what there is now."""
    if not page.is_file() or page.is_symlink() or not graded.is_file():
        return False
    head, _, _ = page.read_text(encoding="utf-8", errors="replace").partition("</head>")
    found = STATE.search(head)
    return found is not None and found[1] == state_of(notebook, graded)
