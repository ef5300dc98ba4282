"""Collecting from an exchange that students share: a submission is its owner's, or is left there.

nbgrader warns of a submission in the name of somebody else, and collects it; as the newest it
takes the place of the real one. It also follows symbolic links with the instructor's rights, so
that a link to ``solutions/`` would be collected, graded, and sent back as feedback.
"""

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbgrader.exchange.default import ExchangeCollect
from nbgrader.utils import ignore_patterns

if sys.platform != "win32":
    import pwd


class Collect(ExchangeCollect):
    """nbgrader's own, without what is not the student's."""

    src_records: list[dict[str, Any]]

    def _sort_by_timestamp(self, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The newest first: of what is the student's own, if anything is."""
        own = [each for each in records if not self.trouble(each)]
        return super()._sort_by_timestamp(own or records)  # type: ignore[no-any-return]

    def init_src(self) -> None:
        """Find the newest submission of each student, and say what is left where it is."""
        super().init_src()
        self.src_records = [each for each in self.src_records if not self.trouble(each)]
        pattern = f"*+{self.coursedir.assignment_id}+*"
        for path in sorted(Path(self.inbound_path).glob(pattern)):
            if sentence := self.trouble(self._path_to_record(str(path))):
                self.log.error("Not collected: %s", sentence)

    def trouble(self, record: dict[str, Any]) -> str:
        """What is wrong with a submission; empty if it is the student's own."""
        if not self.check_owner or sys.platform == "win32":
            return ""
        folder, student = Path(self.inbound_path, record["filename"]), record["username"]
        for path in (folder, *below(folder)):
            found = os.lstat(path)
            try:
                owner = pwd.getpwuid(found.st_uid).pw_name
            except KeyError:
                owner = f"user {found.st_uid}"
            if owner != student:
                return (
                    f"{path} is in the name of {student} and belongs to {owner}; where names are"
                    " not those of the system's users: c.ExchangeCollect.check_owner = False"
                )
            if not (stat.S_ISDIR(found.st_mode) or stat.S_ISREG(found.st_mode)):
                return f"{path}, handed in by {student}, is a link or no file"
        return ""

    def do_copy(self, src: str, dest: str, log: Any = None) -> None:
        """Copy a submission; what was changed into a link since it was looked at is left out."""
        if not self.check_owner or sys.platform == "win32":
            super().do_copy(src, dest, log)
            return
        if self.get_size(src) > 1000 * self.coursedir.max_dir_size:
            self.log.error("Not collected: %s is too big", src)
            return
        owner = os.lstat(src).st_uid

        def copy(one: str, other: str) -> None:
            # Whoever owns the folder can change it at any time, but not who owns an open file.
            file = os.open(one, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with open(file, "rb") as opened:
                found = os.fstat(file)
                if found.st_uid != owner or not stat.S_ISREG(found.st_mode):
                    raise OSError(f"{one} is not the student's own")
                with open(other, "wb") as written:
                    shutil.copyfileobj(opened, written)

        left_out = ignore_patterns(
            exclude=self.coursedir.ignore,
            include=self.coursedir.include,
            max_file_size=self.coursedir.max_file_size,
            log=self.log,
        )

        def and_links(folder: str, names: list[str]) -> set[str]:
            links = {name for name in names if os.path.islink(os.path.join(folder, name))}
            return links.union(left_out(folder, names))

        try:
            shutil.copytree(src, dest, ignore=and_links, copy_function=copy)
        except shutil.Error as errors:
            self.log.error("Not collected whole: %s", errors)


def below(folder: Path) -> Iterator[Path]:
    """Everything in a folder; no link is followed."""
    for place, folders, files in os.walk(folder):
        yield from (Path(place, name) for name in (*folders, *files))
