"""nbgrader's exchange, where each submission is somebody else's folder and may hold anything.

nbgrader warns of a submission in the name of somebody else, and collects it; as the newest it
takes the place of the real one. It follows links with the instructor's rights, so that one to
``solutions/`` would be graded and sent back as feedback. And it stops for the whole class at the
first folder that it cannot read. Here each is that student's own trouble: one sentence in the log,
the others go on, and the command ends with a status of its own.
"""

import contextlib
import glob
import os
import shutil
import sys
import tempfile
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps.baseapp import NbGrader
from nbgrader.exchange.default import ExchangeCollect, ExchangeList, ExchangeReleaseFeedback
from nbgrader.utils import ignore_patterns

from autograde.base.dates import changed, date_of, small_text, timestamp_in
from autograde.base.errors import SOME_LEFT_OUT
from autograde.base.tables import plain
from autograde.gradebook.lateness import settle
from autograde.gradebook.shown import shows
from autograde.notebooks.taking import Refused, Taking

if sys.platform != "win32":
    import pwd

LOOKED_AT = 50
"""How many submissions of one student are looked at, from the newest."""

TOLD = 5
"""How many folders of one student are told of by name."""

HONEST_DELAY = timedelta(minutes=10)
"""Between the date that nbgrader writes down, and the end of its copying."""

Record = dict[str, Any]


class Told:
    """What an exchange step says of some students, and how it then ends."""

    log: Any
    parent: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.troubles = 0
        super().__init__(*args, **kwargs)

    def start(self) -> Any:
        """Do it; a command then has an exit status of its own, the form grader shows the log."""
        done = super().start()  # type: ignore[misc]
        if self.troubles and isinstance(self.parent, NbGrader):
            sys.exit(SOME_LEFT_OUT)
        return done

    def tell(self, what: str, sentence: object) -> None:
        """Say what is wrong, in one line: the names of files in it are a student's."""
        self.troubles += 1
        self.log.error("%s: %s", what, plain(str(sentence)))


class Collect(Told, ExchangeCollect):
    """Takes of each student the newest submission that is the student's own and can be read."""

    src_records: list[Record]

    def init_src(self) -> None:
        """Find it, and say what is newer and is left where it is."""
        self.records: list[Record] = []
        super().init_src()
        self.src_records = [each for each in self.src_records if not each["trouble"]]
        dates = {each["username"]: each["timestamp"] for each in self.src_records}
        of_whom: Counter[str] = Counter()
        for each in sorted(self.records, key=lambda record: str(record["filename"])):
            taken = dates.get(each["username"])
            if each["trouble"] and (taken is None or each["timestamp"] > taken):
                of_whom[each["whose"]] += 1
                if of_whom[each["whose"]] <= TOLD:
                    self.tell("Not collected", each["trouble"])
        for whose, count in of_whom.items():
            if count > TOLD:
                self.tell("Not collected", f"{count - TOLD} more folders of {whose}")

    def _path_to_record(self, path: str) -> Record:
        """What the name of a folder says, and what is wrong with that."""
        name = os.path.basename(path)
        student, *words = name.rsplit("+", 3)
        record: Record = {"username": student, "filename": name, "whose": student, "trouble": ""}
        self.records.append(record)
        when = date_of(words[1]) if words[0] == self.coursedir.assignment_id else None
        try:
            about = os.lstat(path)
        except OSError as error:  # it was taken away by now
            record |= {"timestamp": datetime.min, "trouble": f"{path} is gone ({error.strerror})"}
            return record
        # Of a folder without a date it is only known when it came there.
        record["timestamp"] = when or changed(about.st_ctime)
        if not a_name(student):
            record["whose"] = user(about.st_uid)
            record["trouble"] = f"{path} belongs to {record['whose']} and names no student"
        elif wrong := self.wrong_owner(student, about.st_uid):
            record["whose"] = user(about.st_uid)
            record["trouble"] = f"{path} {wrong}"
        elif when is None:
            record["trouble"] = (
                f"the name of {path} does not say when {student} handed it in; nbgrader's `submit`"
                " writes it"
            )
        return record

    def _sort_by_timestamp(self, records: list[Record]) -> list[Record]:
        """The newest first: of those that can be collected, if any can."""
        newest: list[Record] = super()._sort_by_timestamp(records)
        for each in [each for each in newest if not each["trouble"]][:LOOKED_AT]:
            try:
                self.taking(each).look()
            except Exception as error:  # nothing of one student stops the others
                each["trouble"] = reason(error, each["username"])
            else:
                each["looked at"] = True
        return [each for each in newest if each.get("looked at")] or newest

    def wrong_owner(self, student: str, uid: int) -> str:
        """What is wrong with the owner of something that was handed in."""
        if not self.check_owner or user(uid) == student:
            return ""
        return (
            f"is in the name of {student} and belongs to {user(uid)}; where names are not those of"
            " the system's users: c.ExchangeCollect.check_owner = False"
        )

    def taking(self, record: Record) -> Taking:
        """A submission, with the limits of the course."""
        return Taking(
            Path(self.inbound_path, record["filename"]),
            largest=1000 * self.coursedir.max_dir_size,
            largest_file=1000 * (self.coursedir.max_file_size or sys.maxsize),
            left_out=ignore_patterns(self.coursedir.ignore, self.coursedir.include),
            allowed=lambda uid: self.wrong_owner(record["username"], uid),
        )

    def copy_files(self) -> None:
        """Decide as nbgrader does, for one student at a time."""
        if not self.src_records:
            super().copy_files()  # says so
        for record in self.src_records:
            student, assignment = record["username"], self.coursedir.assignment_id
            place = self.coursedir.format_path(
                self.coursedir.submitted_directory, student, assignment
            )
            try:
                self.collect(record, Path(place))
            except Exception as error:  # nothing of one student stops the others
                self.tell("Not collected", reason(error, student))

    def collect(self, record: Record, place: Path) -> None:
        """Collect one submission, if it is to be; what was collected before stays until then."""
        what = f"{record['username']} {self.coursedir.assignment_id}"
        if place.is_dir():
            then, now = timestamp_in(place), record["timestamp"]
            newer = self.update and (then is None or now > then)
            if not newer and not (self.before_duedate and then != now):
                why = (
                    "No newer submission to collect"
                    if self.update
                    else "Submission already exists, use --update to update"
                )
                self.log.info("%s: %s", why, what)
                return
            self.log.info("Updating submission: %s", what)
        else:
            self.log.info("Collecting submission: %s", what)
        taking = self.taking(record)
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            prefix=".", dir=place.parent, ignore_cleanup_errors=True
        ) as aside:
            fresh = Path(aside, "new")
            taking.copy(fresh)
            self.date(record, fresh)
            if self.coursedir.groupshared:
                share(fresh)
            if place.is_dir():
                place.chmod(0o700)  # nbgrader by itself takes over a read-only folder's mode
                place.rename(Path(aside, "old"))
            fresh.rename(place)
        for path in taking.too_large:
            self.log.warning("Left out: %s is too large", plain(str(path)))

    def date(self, record: Record, folder: Path) -> None:
        """See that the date in the name is the one in the folder, and tell of one given by hand."""
        when, stamp = record["timestamp"], folder / "timestamp.txt"
        if timestamp_in(folder) != when:
            if stamp.is_dir():
                shutil.rmtree(stamp)
            stamp.write_text(f"{when:%Y-%m-%d %H:%M:%S.%f} UTC", encoding="utf-8")
        came = changed(os.lstat(Path(self.inbound_path, record["filename"])).st_ctime)
        if abs(came - when) > HONEST_DELAY:
            self.log.warning(
                "A date given by hand? %s says %s UTC, and its folder is of %s UTC",
                *(record["username"], f"{when:%Y-%m-%d %H:%M}", f"{came:%Y-%m-%d %H:%M}"),
            )


class ReleaseFeedback(Told, ExchangeReleaseFeedback):
    """Releases the pages of one student after the other."""

    src_path: str

    def copy_files(self) -> None:
        """Do as nbgrader does, for each student for whom it can be done."""
        name = self.coursedir.assignment_id
        with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
            with contextlib.suppress(MissingEntry):
                settle(gradebook, self.config, name)
            self.one_by_one(gradebook)

    def one_by_one(self, gradebook: Gradebook) -> None:
        """Release the pages of each student."""
        for folder in sorted(glob.glob(self.src_path)):
            student = Path(folder).parent.name
            if student in self.coursedir.student_id_exclude.split(","):
                continue
            self.src_path = glob.escape(folder)
            try:
                if glob.glob(f"{self.src_path}/*.html"):
                    check_small_texts(Path(folder))
                    self.check_shown(gradebook, student, Path(folder))
                super().copy_files()
            except Exception as error:  # nothing of one student stops the others
                self.tell("Not released", f"{student}: {reason(error)}")

    def check_shown(self, gradebook: Gradebook, student: str, folder: Path) -> None:
        """See that the pages show what the gradebook holds, if it holds the submission.

        Raises
        ------
        Refused
        """
        name = self.coursedir.assignment_id
        try:
            submission = gradebook.find_submission(name, student)
        except MissingEntry:
            return
        graded = self.coursedir.format_path(self.coursedir.autograded_directory, student, name)
        for each in submission.notebooks:
            page = folder / f"{each.name}.html"
            if page.is_file() and not shows(page, each, Path(graded, f"{each.name}.ipynb")):
                raise Refused(
                    page,
                    "shows other scores or comments than the gradebook; write it again: nbgrader"
                    f" generate_feedback {name}",
                )


def check_small_texts(folder: Path) -> None:
    """See that there is what nbgrader reads of a submission, to give its page a name.

    Raises
    ------
    Refused
    """
    absent = [] if timestamp_in(folder) else ["timestamp.txt"]
    if not (small_text(folder / "submission_secret.txt") or "").strip():
        absent.append("submission_secret.txt")
    if absent:
        raise Refused(
            folder,
            f"has no {' and no '.join(absent)} that can be read; nbgrader's `submit` writes it, so"
            " hand the page over by another way, or ask for the work again",
        )


class List(Told, ExchangeList):
    """Lists what was handed in, but for what cannot be read."""

    assignments: list[str]

    def init_dest(self) -> None:
        """Find what is to be listed."""
        super().init_dest()
        if self.inbound:
            self.assignments = [each for each in self.assignments if self.readable(each)]

    def readable(self, path: str) -> bool:
        """Whether nbgrader can list a submission; says so if it cannot."""
        everything, self.assignments = self.assignments, [path]
        size, nothing = 1000 * self.coursedir.max_dir_size, lambda *_: ""
        try:
            if plain(path) != path:
                raise Refused(path, "has a name that cannot be printed")
            Taking(Path(path), size, size, nothing, nothing).look()
            secret = Path(path, "submission_secret.txt")
            if secret.exists() and not (small_text(secret) or "").strip():
                raise Refused(secret, "cannot be read")
            self.parse_assignments()
        except Exception as error:  # nothing of one student stops the others
            self.tell("Not listed", reason(error))
            return False
        finally:
            self.assignments = everything
        return True

    def remove_files(self) -> list[Any]:
        """Remove what can be, one after the other."""
        if not self.inbound:
            return list(super().remove_files())
        listed, everything = [], self.assignments
        for path in everything:
            self.assignments = [path]
            try:
                listed += super().remove_files()
            except OSError as error:
                self.tell("Not removed", reason(error))
        return listed


def a_name(student: str) -> bool:
    """Whether this can be the name of a student and of a folder, and is no pattern."""
    odd = student.startswith(".") or set(student) & set("*?[")
    return bool(student) and not odd and plain(student) == student == student.strip()


def reason(error: Exception, student: str = "") -> str:
    """What went wrong, for a log: a submission is refused in a sentence, all else has a name."""
    by = f", handed in by {student}," if student else ""
    if isinstance(error, Refused):
        return f"{error.what}{by} {error.why}"
    return f"{type(error).__name__}{by}: {error}"


def user(uid: int) -> str:
    """The name of a user of this system."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def share(path: Path) -> None:
    """Let the other instructors change it, as nbgrader does."""
    for folder, _, names in os.walk(path):
        os.chmod(folder, 0o2775)
        for name in names:
            os.chmod(os.path.join(folder, name), 0o664)
