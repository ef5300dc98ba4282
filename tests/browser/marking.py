"""A class with an attacker in it on two notebooks of the course, graded in each way there is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output, new_raw_cell
from nbgrader.api import Gradebook

from autograde.course.config import COURSE_ID
from autograde.jail import jail
from tests.browser.hostile import CELLS, EVIL, RUNNING
from tests.browser.jupyter import Lab

NAMES = ("02_chain_rule", "05_matrix_form")

FIRST, FIFTH, BY_NBGRADER, UNSAFE = "a_eve", "e_eve", "f_eve", "g_eve"
EVES = (FIRST, FIFTH, BY_NBGRADER, UNSAFE)
MARKUP = f"<img src=x onerror={EVIL}>"
NAMED = [
    f"b{MARKUP}",
    f"c&lt;img src=x onerror={EVIL}&gt;",
    f"d\"-{EVIL}-\"'-{EVIL}-'",
]
"""Students whose names are markup, or would end a string."""

CLASSES = {  # by assignment: those of one `autograde grade`, and who is graded in another way
    NAMES[0]: ([FIRST, *NAMED], {BY_NBGRADER: ("nbgrader", "autograde")}),
    NAMES[1]: ([*NAMED, "e_dan", FIFTH], {UNSAFE: ("autograde", "grade", "--unsafe")}),
}

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c636060f8cf00000301010018dd8db00000000049454e44ae426082"
)
BESIDE = {
    "evil.html": f"<script>{EVIL};document.title='taken over'</script>".encode(),
    "evil.svg": f'<svg xmlns="http://www.w3.org/2000/svg" onload="{EVIL}"/>'.encode(),
    "evil.js": EVIL.encode(),
    "photo.png": PNG,
    "nbgrader_config.py": b"open('@ROOT@/ran', 'w').close()\n",
}


@dataclass
class Marked:
    """The class, when it was graded.

    Attributes
    ----------
    lab : Lab
    ids : dict
        The form grader's word for a submission, by assignment and student.
    """

    lab: Lab
    ids: dict[tuple[str, str], str]

    def page(self, name: str, student: str) -> str:
        """Return the address of the page on which a submission is marked."""
        return self.lab.url(f"/formgrader/submissions/{self.ids[name, student]}/")

    def feedback(self, name: str, student: str) -> str:
        """Return the address of a page of feedback."""
        path = self.lab.folder / "autograde" / "feedback" / student / name / f"{name}.html"
        return path.as_uri()


def prepare(lab: Lab) -> Marked:
    """Hand in, grade, and make the pages of feedback."""
    if (why := jail.missing()) and not os.environ.get("CI"):
        pytest.skip(f"no jail here: {why}")
    with (lab.folder / "nbgrader_config.py").open("a") as file:
        file.write("\nc.Examine.as_root = True\n")  # as whoever runs the tests
    for name, (by_engine, otherwise) in CLASSES.items():
        for student in (*by_engine, *otherwise):
            hand_in(lab, name, student)
        chosen = [f"--student={student.replace('[', '[[]')}" for student in by_engine]
        command(lab, "autograde", "grade", name, *chosen)
        for student, (module, how, *options) in otherwise.items():
            command(lab, module, how, name, f"--student={student}", *options)
        command(lab, "nbgrader", "generate_feedback", name)
        for student in EVES:  # an earlier version of the course let files have their own names
            if student in (*by_engine, *otherwise):
                put_beside(lab, lab.folder / "autograde" / "autograded" / student / name)
    url = f"sqlite:///{lab.folder}/autograde/gradebook.db"
    with Gradebook(url, COURSE_ID) as gradebook:
        for student in NAMED:
            gradebook.update_or_create_student(
                student, first_name=student, last_name=student, email=student
            )
        ids = {
            (name, each.student.id): each.id
            for name in NAMES
            for each in gradebook.notebook_submissions(name, name)
        }
    return Marked(lab, ids)


def command(lab: Lab, module: str, *arguments: str) -> None:
    """Run a command of the course where its files are."""
    environment = {**os.environ, "PYTHONPATH": str(lab.folder)}
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=lab.folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, (arguments, done.stdout[-3000:], done.stderr[-3000:])


def hand_in(lab: Lab, name: str, student: str) -> None:
    """Submit a notebook, and files beside it; the attacker's is full of what `CELLS` has."""
    folder = lab.folder / "autograde" / "submitted" / student / name
    folder.mkdir(parents=True)
    nb = nbformat.read(lab.folder / "notebooks" / name / f"{name}.ipynb", as_version=4)
    if student in EVES:
        attack(nb, lab)
    nbformat.write(nb, folder / f"{name}.ipynb")
    put_beside(lab, folder)


def put_beside(lab: Lab, folder: Path) -> None:
    """Write the files into a folder."""
    for file, content in BESIDE.items():
        (folder / file).write_bytes(content.replace(b"@ROOT@", str(lab.folder).encode()))


def attack(nb: nbformat.NotebookNode, lab: Lab) -> None:
    """Put the hostile cells wherever a student can write."""
    host = lab.address.removeprefix("http://")
    texts = [each.replace("@HOST@", host).replace("@EVIL@", EVIL) for each in CELLS]
    for cell in nb.cells:
        mark = cell.metadata.get("nbgrader", {})
        if mark.get("solution") and cell.cell_type == "markdown":
            cell.source = "\n\n".join(texts[:12])
        elif mark.get("solution"):
            cell.source += "".join(f"\n# {text}" for text in texts[:1])
        cell.metadata.tags = ["x modal-backdrop fade", '"><p class="modal-backdrop">']
    show = "from IPython.display import HTML, Latex, Markdown, display\n"
    nb.cells += [
        *[new_markdown_cell(text) for text in texts],
        *[new_raw_cell(text, metadata={"raw_mimetype": "text/html"}) for text in texts[:12]],
        new_raw_cell(texts[0]),
        new_code_cell(f"texts = {json.dumps(texts)}"),
        *[
            new_code_cell(f"{show}for text in texts:\n    display({kind}(text))")
            for kind in ("HTML", "Markdown", "Latex")
        ],
        new_code_cell(f"{show}for text in texts:\n    print(text)\ntexts"),
        new_code_cell(
            f"{show}display({{'text/html': texts[0]}}, raw=True,"
            " metadata={'text/html': {'isolated': True}})\n"
            "display({'image/png': 'AA==', 'text/plain': 'x'}, raw=True, metadata={'image/png':"
            " {'width': 9999999, 'height': '9 style=position:fixed', 'unconfined': True,"
            " 'alt': '\"><p class=\"modal\">'}, 'filenames': {'image/png': '//evil.example/x'}})"
        ),
        new_code_cell(f"%%html\n{RUNNING[0]}\n"),
        new_code_cell(f"raise type({texts[0]!r}, (Exception,), {{}})({texts[0]!r})"),
        new_markdown_cell(
            "![x](attachment:a.png) ![y](attachment:b.svg)",
            attachments={
                "a.png": {"image/png": f'AA==" onerror="{EVIL}'},
                "b.svg": {"image/svg+xml": BESIDE["evil.svg"].decode(), "text/html": EVIL},
            },
        ),
    ]
    nb.cells[-2].outputs = [new_output("display_data", {"application/javascript": EVIL})]
    nb.metadata.update(
        title=f"</title><script>{EVIL}</script>",
        language_info={"name": "python modal-backdrop fade", "pygments_lexer": "x modal"},
        kernelspec={"name": "x", "display_name": MARKUP, "language": MARKUP},
        widgets={"application/vnd.jupyter.widget-state+json": {"state": {}, "version_major": 2}},
    )
