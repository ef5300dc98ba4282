"""docs/own_exercise.md, done word for word in a copy of the course."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest

from autograde.course.config import CHECKOUT
from autograde.jail.jail import missing
from course_utils import own

PAGE = CHECKOUT / "docs" / "own_exercise.md"
NOTEBOOK = "09_scale/09_scale.ipynb"
COPIED = (
    *("autograde", "course_utils", "docs/teaching.md", "notebooks", "solutions", "tests"),
    *("nbgrader_config.py", "pyproject.toml", "course.py", "README.md"),
)
NOT_OURS = shutil.ignore_patterns(
    *("__pycache__", "filled_in", ".ipynb_checkpoints", "*.db", "secret", "demo", "exchange"),
    *("submitted", "autograded", "feedback"),
)


@dataclass(frozen=True)
class Block:
    """A block of the page: what it is called, and what is in it."""

    caption: str
    text: str


def blocks(page: str) -> list[Block]:
    """The blocks of code in order; what one types is called "console"."""
    found = []
    for info, body in re.findall(r"^```(\S+.*?)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        caption = re.search(r"^:caption: (.*)\n\n", body, re.MULTILINE)
        text = body[caption.end() :] if caption else body
        found.append(Block(caption[1] if caption else info, text))
    return found


BLOCKS = blocks(PAGE.read_text(encoding="utf-8"))


def block(caption: str) -> str:
    (text,) = (each.text for each in BLOCKS if each.caption == caption)
    return text


@dataclass
class Place:
    """A copy of the course, with a terminal in it."""

    root: Path

    def type(self, command: str) -> subprocess.CompletedProcess[str]:
        words = [sys.executable if word == "python" else word for word in shlex.split(command)]
        left_out = ("NBGRADER_EXECUTION", "COURSE_UTILS_FILLED_IN", "PYTEST_ADDOPTS")
        kept = {key: value for key, value in os.environ.items() if key not in left_out}
        programs = sysconfig.get_path("scripts") + os.pathsep + os.environ["PATH"]
        # Before the checkout, which is installed: the copy is meant, in kernels as well.
        environment = {**kept, "PATH": programs, "PYTHONPATH": str(self.root)}
        environment |= {"PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(
            words, cwd=self.root, env=environment, capture_output=True, text=True, timeout=900
        )

    def put(self, notebook: Path, cell_id: str, source: str) -> None:
        data = json.loads(notebook.read_text(encoding="utf-8"))
        (cell,) = (each for each in data["cells"] if each["id"] == cell_id)
        cell["source"] = source.rstrip("\n")
        notebook.write_text(json.dumps(data), encoding="utf-8")


def fits(pattern: str, said: str) -> bool:
    """Whether what was said is what the page shows; a line … stands for any lines."""
    parts = [re.escape(part.strip("\n")) for part in re.split(r"^…$", pattern, flags=re.MULTILINE)]
    return re.fullmatch(r"\s*" + r".*?".join(parts) + r"\s*", said, re.DOTALL) is not None


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Place:
    root = tmp_path_factory.mktemp("own") / "course"
    for name in COPIED:
        source, target = CHECKOUT / name, root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=NOT_OURS)
        else:
            shutil.copy(source, target)
    # As the course comes, whatever somebody added to this checkout.
    for path in own.FOLDER.glob("[!_]*.py"):
        (root / path.relative_to(CHECKOUT)).unlink()
    for name in own.notebooks():
        shutil.rmtree(root / "solutions" / name)
        shutil.rmtree(root / "notebooks" / name, ignore_errors=True)
    return Place(root)


@pytest.fixture(scope="module")
def done(place) -> Place:
    """The whole page, but what comes of grading."""
    for each in BLOCKS:
        if each.caption.startswith("course_utils/"):
            (place.root / each.caption).write_text(each.text, encoding="utf-8")
        elif found := re.fullmatch(r"the cell (\S+) in (\S+)", each.caption):
            place.put(place.root / found[2], found[1], each.text)
        elif each.caption == "a student's ex-9-1-answer":
            for student, answer in (("ana", block_of_the_answer()), ("ben", each.text), ("cy", "")):
                path = place.root / "autograde" / "submitted" / student / NOTEBOOK
                path.parent.mkdir(parents=True)
                shutil.copy(place.root / "notebooks" / NOTEBOOK, path)
                if answer:
                    place.put(path, "ex-9-1-answer", answer)
        elif each.caption == "console":
            typed(place, each.text)
    return place


def typed(place: Place, text: str) -> None:
    for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE):
        if "autograde grade" in command and missing():
            continue
        ran = place.type(command)
        assert ran.returncode == 0, f"{command}\n{ran.stdout}\n{ran.stderr}"
        assert fits(shown, ran.stdout), f"{command}\n{ran.stdout}"


def block_of_the_answer() -> str:
    answer = block("the cell ex-9-1-answer in solutions/09_scale/09_scale.ipynb")
    return "\n".join(line for line in answer.splitlines() if "SOLUTION" not in line)


def test_the_page_is_done_as_it_reads(done):
    assert (done.root / "notebooks" / NOTEBOOK).exists()


def test_it_is_under_thirty_lines_and_none_of_ours_is_touched(done):
    written = [block("course_utils/own/scale.py"), block_of_the_answer()]
    assert sum(len(text.strip().splitlines()) for text in written) < 30
    assert [name for name in changed(done.root) if "scale" not in name] == []


def changed(root: Path) -> list[str]:
    """The files of the copy that are not those of the checkout."""
    found = []
    for name in COPIED:
        for path in [root / name] if (root / name).is_file() else (root / name).rglob("*"):
            place = path.relative_to(root)
            classwork = place.parts[1:2] and place.parts[1] in (
                *("submitted", "autograded", "feedback", "gradebook.db", "grading.lock", "secret"),
            )
            if path.is_file() and not classwork and "__pycache__" not in place.parts:
                ours = CHECKOUT / place
                if not ours.exists() or ours.read_bytes() != path.read_bytes():
                    found.append(place.as_posix())
    return found


def test_the_released_stub_holds_nothing_of_the_answer(done):
    text = (done.root / "notebooks" / NOTEBOOK).read_text(encoding="utf-8")
    assert "np.sum" not in text
    assert "raise NotImplementedError()" in text


def test_the_students_mistake_is_named_as_the_page_says(done):
    said = block("what the check says").strip()
    program = (
        "from course_utils import Scale, check, fill_in\nimport numpy as np\n"
        "import linecache, sys\n"
        "source = sys.stdin.read()\n"
        "linecache.cache['<cell>'] = (len(source), None, source.splitlines(True), '<cell>')\n"
        "exec(compile(source, '<cell>', 'exec'))\n"
        "check(Scale)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        input=block("a student's ex-9-1-answer"),
        env={**os.environ, "PYTHONPATH": str(done.root), "NBGRADER_EXECUTION": "autograde"},
        cwd=done.root / "notebooks" / "09_scale",
        capture_output=True,
        text=True,
    )
    assert said in ran.stderr


@pytest.mark.skipif(bool(missing()), reason="no jail here")
def test_it_is_graded_in_the_jail(done):
    ran = done.type("python -m autograde grade 09_scale --force --json report.json")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    report = json.loads((done.root / "report.json").read_text(encoding="utf-8"))
    scores = {each["student"]: each["score"] for each in report["submissions"]}
    assert scores == {"ana": 2, "ben": 0, "cy": 0}
    assert "factor:1/q" in json.dumps(report)


def test_progress_lists_it(done):
    ran = done.type("python -m course_utils 09 --quick")
    assert "Scale.backward" in ran.stdout, ran.stdout + ran.stderr


def test_the_page_names_what_is_there():
    text = PAGE.read_text(encoding="utf-8")
    for path in re.findall(r"`(course_utils/\w+\.py)`", text):
        assert (CHECKOUT / path).exists(), path
    tree = ast.parse(block("course_utils/own/scale.py"))
    assert not [n for n in ast.walk(tree) if getattr(n, "name", "") == "backward"]
