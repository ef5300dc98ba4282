"""What the gradebook keeps of a submission that could not be graded: no score, or an earlier one.

nbgrader enters a submission before it grades it. If it then fails, an entry without any grade
stays, which counts as zero points. A missing score is not a zero, so that entry is taken out.
"""

from nbgrader.api import Gradebook, MissingEntry


def withdraw(gradebook: Gradebook, assignment: str, student: str) -> float | None:
    """Take a submission without grades out of the gradebook; the score if it has grades."""
    try:
        submission = gradebook.find_submission(assignment, student)
    except MissingEntry:
        return None
    grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
    if any(grade.auto_score is not None or grade.manual_score is not None for grade in grades):
        return float(submission.score)
    gradebook.remove_submission(assignment, student)
    return None
