"""From ``solutions/`` to a graded class: three students, the real nbgrader, and a check of it all.

The class lives in one folder that can be thrown away: the instructor's course, the exchange, and
one folder for each student, who are the same user of this computer under three names.
"""

import html
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograde.base.errors import AutogradeError
from autograde.course.config import CHECKOUT
from autograde.course.course import Course
from autograde.course.nbgrader import nbgrader
from autograde.demonstration.demo_mistakes import Mistake
from autograde.notebooks.leaks import BEGIN, END
from autograde.notebooks.notebook import read, write
from autograde.notebooks.original import grade_id_of
from autograde.workers.run import NOT_GRADED, Result, grade, scores

GOOD, MISTAKEN, UNTOUCHED = "good", "mistaken", "untouched"
STUDENTS = (GOOD, MISTAKEN, UNTOUCHED)
MARKED_BY_HAND = (GOOD, MISTAKEN)
"""Whose derivations the demo's instructor marks; nbgrader itself gives an untouched one zero."""

CONFIG = """\
# mypy: ignore-errors
import sys
from pathlib import Path

sys.path.insert(0, {checkout!r})

from autograde.course.config import configure

c = get_config()
here = Path(__file__).resolve().parent
configure(c, here)
c.Exchange.root = str(here.parent / "exchange")
# One user of this computer plays all students.
c.ExchangeCollect.check_owner = False
c.FileNameCollectorPlugin.named_regexp = r".*[/\\\\](?P<student_id>[a-z]+)-(?P<file_id>[^/\\\\]+)$"
"""

STUDENT_CONFIG = """\
from pathlib import Path

c = get_config()
c.CourseDirectory.course_id = {course_id!r}
c.Exchange.root = str(Path(__file__).resolve().parents[3] / "exchange")
"""


@dataclass
class Class:
    """The folders of the demo."""

    folder: Path
    course: Course
    mistakes: Sequence[Mistake]
    exchange: bool
    say: Callable[[str], None]

    def student(self, student: str) -> Path:
        """Where a student works."""
        return self.folder / "students" / student

    def instructor_runs(self, *arguments: str) -> str:
        """An nbgrader command of the instructor."""
        return nbgrader(
            *arguments, folder=self.course.root, environment=home(self.folder / "instructor")
        )

    def student_runs(self, student: str, *arguments: str) -> str:
        """An nbgrader command of a student, who is known to nbgrader by --student."""
        folder = self.student(student)
        return nbgrader(*arguments, f"--student={student}", folder=folder, environment=home(folder))


def home(folder: Path) -> dict[str, str]:
    """The environment of somebody whose home is `folder`, so that no own settings interfere."""
    return {
        "HOME": str(folder),
        "JUPYTER_CONFIG_DIR": str(folder / ".jupyter"),
        "JUPYTER_DATA_DIR": str(folder / ".local" / "share" / "jupyter"),
    }


def run(
    solutions: Path,
    folder: Path,
    mistakes: Sequence[Mistake],
    say: Callable[[str], None],
    *,
    exchange: bool = sys.platform != "win32",
    unsafe: bool = False,
) -> tuple[Class, dict[tuple[str, str], Result]]:
    """Play the whole term in `folder`, which is emptied first.

    Returns the class, and what the gradebook holds by student and assignment.
    """
    group = set_up(solutions, folder, mistakes, say, exchange=exchange)
    # Its students are ours, and so may be run by anybody.
    group.course.app.config.Examine.unsafe = group.course.app.config.Examine.as_root = unsafe
    course, assignments = group.course, group.course.assignments()
    if not assignments:
        raise AutogradeError("there is no notebook in solutions/, so there is nothing to grade")
    for assignment in assignments:
        say(f"{assignment}: building the release from solutions/")
        group.instructor_runs("generate_assignment", assignment)
    if exchange:
        through_the_exchange(group, assignments)
    else:
        say("nbgrader's exchange does not work on Windows: handing in files for zip_collect")
        through_files(group, assignments)
    for assignment in assignments:
        for result in grade(course, assignment, list(STUDENTS)):
            say(f"{assignment}: graded {result.student}")
            if result.status == NOT_GRADED:
                raise AutogradeError(f"{assignment}: {result.student}: {result.problem}")
    mark_by_hand(group, assignments)
    for assignment in assignments:
        say(f"{assignment}: writing the feedback")
        group.instructor_runs("generate_feedback", assignment)
        if exchange:
            group.instructor_runs("release_feedback", assignment)
            for student in STUDENTS:
                group.student_runs(student, "fetch_feedback", assignment)
    group.instructor_runs("export", f"--to={csv_path(group)}")
    return group, {
        (student, assignment): scores(course, assignment, student)
        for student in STUDENTS
        for assignment in assignments
    }


def set_up(
    solutions: Path,
    folder: Path,
    mistakes: Sequence[Mistake],
    say: Callable[[str], None],
    *,
    exchange: bool,
) -> Class:
    """Make the folders of an empty class."""
    wipe(folder)
    root = folder / "course"
    (root / "autograde").mkdir(parents=True)
    ignored = shutil.ignore_patterns(".ipynb_checkpoints", "__pycache__")
    shutil.copytree(solutions, root / "solutions", ignore=ignored)
    (root / "nbgrader_config.py").write_text(
        CONFIG.format(checkout=str(CHECKOUT)), encoding="utf-8"
    )
    course = Course(root)
    exchange_folder = folder / "exchange"
    exchange_folder.mkdir()
    exchange_folder.chmod(0o777)  # as nbgrader wants it: every student writes there
    for student in STUDENTS:
        settings = folder / "students" / student / ".jupyter"
        settings.mkdir(parents=True)
        (settings / "nbgrader_config.py").write_text(
            STUDENT_CONFIG.format(course_id=course.app.coursedir.course_id), encoding="utf-8"
        )
    return Class(folder, course, mistakes, exchange, say)


def wipe(folder: Path) -> None:
    """Empty the demo's folder, and no other folder by mistake."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / "course" / "nbgrader_config.py").is_file():
            raise AutogradeError(
                f"{folder} is not empty and no earlier demo; choose another folder with --dir"
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)


def through_the_exchange(group: Class, assignments: list[str]) -> None:
    """Release, fetch, fill in, submit and collect, each with nbgrader's own command."""
    for assignment in assignments:
        group.say(f"{assignment}: releasing it, three students fetch it and hand it in")
        group.instructor_runs("release_assignment", assignment)
        for student in STUDENTS:
            group.student_runs(student, "fetch_assignment", assignment)
            fill_in(group, student, assignment, group.student(student) / assignment)
            group.student_runs(student, "submit", assignment)
        group.instructor_runs("collect", assignment)


def through_files(group: Class, assignments: list[str]) -> None:
    """The same without the exchange: as if handed in through a learning platform."""
    for assignment in assignments:
        group.say(f"{assignment}: three students hand it in")
        archive = group.course.root / "autograde" / "downloaded" / assignment / "archive"
        archive.mkdir(parents=True)
        for student in STUDENTS:
            work = group.student(student) / assignment
            shutil.copytree(group.course.notebooks / assignment, work)
            fill_in(group, student, assignment, work)
            for path in work.glob("*.ipynb"):
                shutil.copyfile(path, archive / f"{student}-{path.name}")
        group.instructor_runs("zip_collect", assignment, "--force")


def fill_in(group: Class, student: str, assignment: str, work: Path) -> None:
    """What a student writes: nothing, the instructor's solutions, or these with mistakes."""
    if student == UNTOUCHED:
        return
    wrong = {
        each.answer: each.source
        for each in group.mistakes
        if student == MISTAKEN and each.assignment == assignment
    }
    written = set()
    for path in sorted(work.glob("*.ipynb")):
        solved = read(group.course.solutions / assignment / path.name)
        answers = {
            name: without_markers(cell.source)
            for cell in solved.cells
            if (name := grade_id_of(cell)) and cell.metadata.nbgrader.get("solution")
        }
        nb = read(path)
        for cell in nb.cells:
            name = grade_id_of(cell)
            if name in answers:
                cell.source = wrong.get(name, answers[name])
                written.add(name)
        write(nb, path)
    if unknown := wrong.keys() - written:
        raise AutogradeError(
            f"demo_mistakes.py has a mistake in '{min(unknown)}', but {assignment} has no such"
            " answer"
        )


def without_markers(source: str) -> str:
    """A solution as a student would write it: without the marks and without the rubric."""
    lines = source.partition("**Rubric")[0].splitlines()
    return "\n".join(line for line in lines if BEGIN not in line and END not in line).rstrip()


def mark_by_hand(group: Class, assignments: list[str]) -> None:
    """Give the derivations, which no program marks, all their points, as in the form grader."""
    with group.course.gradebook() as gradebook:
        for assignment in assignments:
            for student in MARKED_BY_HAND:
                submission = gradebook.find_submission(assignment, student)
                for each in (g for notebook in submission.notebooks for g in notebook.grades):
                    if each.needs_manual_grade:
                        each.manual_score = each.max_score
                        each.needs_manual_grade = False
        gradebook.db.commit()


def csv_path(group: Class) -> Path:
    """Where the scores are exported to."""
    return group.folder / "grades.csv"


def feedback_page(group: Class, student: str, assignment: str) -> Path:
    """The page that a student gets, in the instructor's folder (the exchange copies it)."""
    coursedir = group.course.app.coursedir
    folder = coursedir.format_path(coursedir.feedback_directory, student, assignment)
    return next(Path(folder).glob("*.html"), Path(folder))


def fetched_page(group: Class, student: str, assignment: str) -> Path:
    """The page where the student finds it after fetch_feedback."""
    folder = group.student(student) / assignment / "feedback"
    return next(folder.glob("*/*.html"), folder)


def verify(group: Class, results: dict[tuple[str, str], Result]) -> Iterator[str]:
    """Every way in which the scores are not what they must be, a sentence each."""
    for (student, assignment), result in results.items():
        lost = {
            each.test: each
            for each in group.mistakes
            if student == MISTAKEN and each.assignment == assignment
        }
        if unknown := lost.keys() - result.cells.keys():
            yield f"{assignment} has no graded cell '{min(unknown)}'"
        for name, cell in result.cells.items():
            full = cell.max_score
            due = 0.0 if student == UNTOUCHED else full
            if name in lost:
                due = full - sum(each.points for each in group.mistakes if each.test == name)
            if abs(cell.score - due) > 1e-9:
                yield (
                    f"{assignment}: {student} has {cell.score:g} of {full:g} points in '{name}',"
                    f" and should have {due:g}"
                )
        if result.needs_manual:
            yield f"{assignment}: {student} still waits for a mark in {result.needs_manual[0]}"
        page = feedback_page(group, student, assignment)
        pages = [page, fetched_page(group, student, assignment)] if group.exchange else [page]
        for each in pages:
            if not each.is_file():
                yield f"{assignment}: {student} has no feedback page in {each.name}"
                continue
            text = plain_text(each)
            for mistake in lost.values():
                if plain(mistake.says) not in text:
                    yield f"{each.name}: {student}'s feedback does not say '{mistake.says}'"
    if not group.mistakes:
        yield "demo_mistakes.py is empty, so nothing shows that a mistake costs its points"


def plain_text(page: Path) -> str:
    """What a page says, without its markup."""
    text = re.sub(r"<(style|script)\b.*?</\1>", " ", page.read_text(encoding="utf-8"), flags=re.S)
    return plain(html.unescape(re.sub(r"<[^>]*>", "", text)))


def plain(text: str) -> str:
    """`text` with single spaces."""
    return " ".join(text.split())


def relative(path: Path) -> str:
    """`path` as short as it can be typed from here."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return os.fspath(path)
