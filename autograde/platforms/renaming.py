"""One person under another id: scores, marks and files move, or nothing does."""

from collections.abc import Iterator
from pathlib import Path

from nbgrader import api
from nbgrader.api import Gradebook, MissingEntry
from sqlalchemy import delete, update

from autograde.base.errors import AutogradeError
from autograde.course.course import Course
from autograde.gradebook.exchange import a_name
from autograde.gradebook.lateness import read_extensions, write_extensions
from autograde.platforms.collected import place, read_collected, write_collected

Move = tuple[Path, Path]


def rename(course: Course, old: str, new: str) -> list[str]:
    """Give a student another id; returns the assignments whose files were moved.

    Raises
    ------
    AutogradeError
        If it cannot be done, and then nothing was.
    """
    if not a_name(new) or "/" in new:
        raise AutogradeError(f"'{new}' cannot be the id of a student, who is to have folders")
    if old == new:
        raise AutogradeError("both ids are the same")
    with course.gradebook() as gradebook:
        check(gradebook, old, new)
        moves = list(moves_of(course, old, new))
        records = [
            (name, record)
            for name in course.assignments()
            if place(course, name).is_file()
            for record in [read_collected(course, name)]
            if old in record
        ]
        done: list[Move] = []
        try:
            for source, target in moves:
                target.parent.mkdir(parents=True, exist_ok=True)
                source.rename(target)
                done.append((source, target))
            change(gradebook, old, new)
        except BaseException:
            gradebook.db.rollback()
            for source, target in reversed(done):
                target.rename(source)
            raise
    for name, record in records:
        write_collected(course, name, {new if s == old else s: r for s, r in record.items()})
    extensions = read_extensions(course.root)
    if any(old in each for each in extensions.values()):
        renamed = {
            name: {new if s == old else s: until for s, until in each.items()}
            for name, each in extensions.items()
        }
        write_extensions(course.root, renamed)
    for folder in {source.parent for source, _ in moves}:
        if not any(folder.iterdir()):
            folder.rmdir()
    return sorted({source.name for source, _ in moves})


def check(gradebook: Gradebook, old: str, new: str) -> None:
    """See that both ids are one person's, as far as the gradebook tells."""
    try:
        gradebook.find_student(old)
    except MissingEntry:
        raise AutogradeError(f"the gradebook has no student {old}") from None
    mine, others = (
        {each.assignment.name for each in gradebook.student_submissions(student)}
        for student in (old, new)
    )
    if both := sorted(mine & others):
        raise AutogradeError(
            f"{old} and {new} both have a submission to {', '.join(both)}, so they are two people,"
            " or one of them is not to be kept: see nbgrader db student remove --help"
        )


def moves_of(course: Course, old: str, new: str) -> Iterator[Move]:
    """What is to be moved; nothing is written over."""
    coursedir = course.app.coursedir
    for step in (
        coursedir.submitted_directory,
        coursedir.autograded_directory,
        coursedir.feedback_directory,
    ):
        folder = course.root / step / old
        if folder.is_symlink() or not folder.is_dir():
            continue
        for source in sorted(folder.iterdir()):
            target = course.root / step / new / source.name
            if target.exists() or target.is_symlink():
                raise AutogradeError(
                    f"{target.relative_to(course.root)} is there already; move it away if it is"
                    " not to be kept"
                )
            yield source, target


def change(gradebook: Gradebook, old: str, new: str) -> None:
    """Change the gradebook in one transaction."""
    student = gradebook.find_student(old)
    details = {
        name: getattr(student, name)
        for name in ("first_name", "last_name", "email", "lms_user_id")
        if getattr(student, name)
    }
    submissions, people = api.SubmittedAssignment.__table__, api.Student.__table__
    gradebook.db.expire_all()
    db = gradebook.db
    try:
        there = gradebook.find_student(new)
    except MissingEntry:
        db.execute(people.insert().values(id=new, **details))
    else:
        unknown = {name: value for name, value in details.items() if not getattr(there, name)}
        if unknown:
            db.execute(update(people).where(people.c.id == new).values(**unknown))
    db.execute(update(submissions).where(submissions.c.student_id == old).values(student_id=new))
    db.execute(delete(people).where(people.c.id == old))
    db.commit()
