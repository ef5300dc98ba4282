"""Look at one submission before nbgrader does: which file is the notebook, and can it be graded.

Nothing here changes the submitted files. What is found is said in sentences; what can be graded
under another name or in another place is pointed at, and `autograde.workers.run` copies it.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nbformat.notebooknode import NotebookNode

from autograde.notebooks.leaks import IGNORED
from autograde.notebooks.original import OriginalCell, grade_id_of, nameless
from autograde.notebooks.reading import UnreadableNotebook, read_notebook

LIBRARIES = {
    *("autograde", "course_utils", "numpy", "matplotlib", "IPython", "ipykernel", "nbgrader"),
    *("ipykernel_launcher", "sitecustomize", "usercustomize", "conftest"),
}
"""What a notebook of this course imports, or is run by."""

Originals = Mapping[str, OriginalCell]


@dataclass
class Finding:
    """What is to be graded of one submission."""

    notebooks: dict[str, Path] = field(default_factory=dict)
    """The file to grade for each notebook of the assignment, by the notebook's name."""
    read: dict[str, tuple[NotebookNode, list[str]]] = field(default_factory=dict)
    """What is in these files, and what was mended when they were read."""
    notes: list[str] = field(default_factory=list)
    """What the instructor should know although it is graded."""
    code: str = ""
    """Why it cannot be graded, for machines; empty if it can."""
    problem: str = ""
    """Why it cannot be graded, and what to do."""


@dataclass
class Candidate:
    """A file that might be the notebook."""

    path: Path
    place: str
    nb: NotebookNode | None
    unreadable: UnreadableNotebook | None
    mended: list[str] = field(default_factory=list)

    def known(self, originals: Originals) -> int:
        """How many of the cells of a notebook it has."""
        return len(self.named(originals))

    def filled_in(self, originals: Originals) -> int:
        """In how many answers something was written."""
        return sum(
            originals[name].solution and any(not originals[name].untouched(cell) for cell in cells)
            for name, cells in self.named(originals).items()
        )

    def named(self, originals: Originals) -> dict[str, list[NotebookNode]]:
        """Its cells of a notebook, by grade_id, or by cell id where that is gone."""
        cells = self.nb.cells if self.nb else []
        found = {name: [cell] for name, cell in nameless(cells, originals).items()}
        for cell in cells:
            if (name := grade_id_of(cell)) in originals:
                found.setdefault(str(name), []).append(cell)
        return found


def inspect(
    folder: Path, expected: Mapping[str, Originals], others: Mapping[str, set[str]]
) -> Finding:
    """Find the notebooks of an assignment in one student's submission.

    Parameters
    ----------
    folder : Path
        What the student handed in.
    expected : mapping
        The released cells of each notebook of this assignment.
    others : mapping
        The grade_ids of every other assignment, to recognise a notebook in the wrong place.
    """
    finding = Finding(notes=list(shadows(folder)))
    candidates = [candidate(folder, path) for path in notebook_files(folder)]
    for name, originals in expected.items():
        choose(finding, name, originals, candidates, others, folder)
        if finding.problem:
            break
    for name, path in finding.notebooks.items():
        for each in candidates:
            if each.path == path and each.nb is not None:
                finding.read[name] = each.nb, each.mended
    return finding


def shadows(folder: Path) -> Iterator[str]:
    """A note for each file that has the name of a module, as if it were to be imported."""
    for path in sorted(folder.iterdir()):
        name = path.stem if path.suffix == ".py" else path.name
        module = path.suffix == ".py" or (path.is_dir() and (path / "__init__.py").is_file())
        if module and (name in sys.stdlib_module_names or name in LIBRARIES):
            yield f"{path.name} was handed in as well; it is not imported in the place of {name}"


def notebook_files(folder: Path) -> Iterator[Path]:
    """The notebooks in a submission, those at the top first; no links out of it."""
    found = [
        path
        for path in folder.rglob("*.ipynb")
        if path.is_file()
        and not path.is_symlink()
        and not IGNORED & set(path.relative_to(folder).parts)
    ]
    yield from sorted(found, key=lambda path: (len(path.parts), str(path)))


def candidate(folder: Path, path: Path) -> Candidate:
    """Read one file, as far as it can be read."""
    place = path.relative_to(folder).as_posix()
    try:
        nb, mended = read_notebook(path)
        return Candidate(path, place, nb, None, mended)
    except UnreadableNotebook as error:
        return Candidate(path, place, None, error)


def choose(
    finding: Finding,
    name: str,
    originals: Originals,
    candidates: list[Candidate],
    others: Mapping[str, set[str]],
    folder: Path,
) -> None:
    """Decide which file is notebook `name`, and write it into `finding`."""
    file_name = f"{name}.ipynb"
    foreign = {c.place: of for c in candidates if (of := other_assignment(c, originals, others))}
    candidates = [each for each in candidates if each.place not in foreign]
    named = next((each for each in candidates if each.place == file_name), None)
    if named and named.nb is None:
        others_like_it = [c for c in candidates if c is not named and c.known(originals)]
    else:
        others_like_it = [c for c in candidates if c is not named and c.filled_in(originals)]

    untouched = named and named.known(originals) and not named.filled_in(originals)
    if named and named.nb is not None and not (untouched and others_like_it):
        finding.notebooks[name] = named.path
        if not named.known(originals):
            finding.notes.append(
                f"{file_name} has none of the graded cells, their metadata and ids are gone; they"
                " were put back at the end, so look at it"
            )
        finding.notes += [
            f"{each.place} is there as well and filled in; {file_name} was graded"
            for each in others_like_it
        ]
        return

    if len(others_like_it) > 1 and not same_text(others_like_it):
        places = ", ".join(each.place for each in others_like_it)
        finding.code = "several-notebooks"
        finding.problem = (
            f"there are several notebooks that could be {file_name}: {places}; ask which one"
            f" counts, and give it the name {file_name}"
        )
        return
    if others_like_it:
        used = others_like_it[0]
        finding.notebooks[name] = used.path
        if named is None:
            why = f"{file_name} is missing"
        elif named.nb is None:
            why = f"{file_name} cannot be read"
        else:
            why = f"{file_name} is not filled in"
        finding.notes.append(f"{used.place} was graded as {file_name}, because {why}")
        return
    if named and named.unreadable:
        finding.code, finding.problem = named.unreadable.code, str(named.unreadable)
        return

    # Nothing of the right name and nothing filled in: an untouched one of another name, or none.
    renamed = [each for each in candidates if each.known(originals)]
    if renamed:
        finding.notebooks[name] = renamed[0].path
        finding.notes.append(
            f"{renamed[0].place} was graded as {file_name}, because {file_name} is missing"
        )
        return
    broken = [each for each in candidates if each.unreadable]
    if broken and broken[0].unreadable:
        finding.code, finding.problem = broken[0].unreadable.code, str(broken[0].unreadable)
        return
    if foreign:
        place, of = next(iter(foreign.items()))
        finding.code = "other-assignment"
        finding.problem = f"{place} is the notebook of {of}; ask for {file_name}"
        return
    finding.code = "missing"
    finding.problem = f"{file_name} is missing ({what_is_there(folder)}); ask for it"


def other_assignment(
    found: Candidate, originals: Originals, others: Mapping[str, set[str]]
) -> str | None:
    """The assignment that this file was made from, if it is not this one."""
    if found.nb is None:
        return None
    names = {grade_id_of(cell) for cell in found.nb.cells}
    overlap = {other: len(names & ids) for other, ids in others.items()}
    best = max(overlap, key=lambda other: overlap[other], default=None)
    if best is not None and overlap[best] > found.known(originals):
        return best
    return None


def same_text(candidates: list[Candidate]) -> bool:
    """Whether it does not matter which of these notebooks is graded."""
    texts = {
        tuple(cell.source for cell in each.nb.cells) for each in candidates if each.nb is not None
    }
    return len(texts) == 1


def what_is_there(folder: Path) -> str:
    """A few words on what a student handed in instead of a notebook."""
    bookkeeping = {"timestamp.txt", "submission_secret.txt"}
    names = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in bookkeeping
    )
    if not names:
        return "the submission is empty"
    return "there is only " + ", ".join(names[:3]) + (" ..." if len(names) > 3 else "")
