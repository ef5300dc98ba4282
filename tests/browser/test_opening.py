"""What a student's files do when an instructor opens the submission: nothing.

JupyterLab starts Python in the folder of a notebook that is opened, before any cell is run.
"""

from __future__ import annotations

import json
import os
import pkgutil
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest

from autograde.course.config import COURSE_ID
from autograde.jail import jail
from tests.browser.jupyter import RUNNING, Lab, lab, look, menu
from tests.browsing import chromium, page

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["chromium", "lab", "page"]  # fixtures

NAME, STUDENT = "05_matrix_form", "mallory"
FILE = f"{NAME}.ipynb"

# Everything that a kernel has loaded once it waits for its first cell, and what it looked for.
ASKED = """
import json, os, sys
class Names(list):
    def find_spec(self, name, path=None, target=None):
        self.append(name.partition(".")[0])
names = Names()
sys.meta_path.insert(0, names)
import atexit
from ipykernel import kernelapp
app = kernelapp.IPKernelApp.instance()
app.initialize(["-f", os.path.join(os.getcwd(), "connection.json")])
found = {name.partition(".")[0] for name in [*names, *sys.modules]}
open("names", "w").write(json.dumps(sorted(found)))  # what is printed is a cell's by now
"""


@pytest.fixture(scope="module")
def shadows(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return the names of all modules here, and of those a kernel looks for until it is ready."""
    folder = tmp_path_factory.mktemp("kernel")
    subprocess.run([sys.executable, "-P", "-c", ASKED], cwd=folder, capture_output=True, check=True)
    names = {*json.loads((folder / "names").read_text()), *sys.stdlib_module_names}
    names |= {each.name for each in pkgutil.iter_modules()} | {"sitecustomize", "usercustomize"}
    names |= {"ipython_config", "jupyter_config", "ipython_kernel_config", "nbgrader_config"}
    assert len(names) > 450, names
    assert {"ipykernel_launcher", "traitlets", "zmq", "numpy", "course_utils"} <= names
    return sorted(name for name in names if name.isidentifier())


def hostile_files(shadows: list[str], marker: Path) -> dict[str, str]:
    """Modules and packages of these names, which leave their name in `marker` when they run."""
    source = f"open({str(marker)!r}, 'a').write(__name__ + ' ')\n"
    files = {f"{name}.py": source for name in shadows}
    files |= {f"{name}/__init__.py": source for name in shadows[::5]}
    return files | {"evil.pth": f"import os; {source}", "matplotlibrc": "backend: module://evil\n"}


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


@pytest.fixture(scope="module")
def bare(lab: Lab) -> str:
    """Return the name of a kernel that is started as anywhere else, without the protection."""
    folder = lab.folder.parent / "data" / "kernels" / "bare"
    folder.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": "Bare", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps({**spec, "env": {"PYTHONSAFEPATH": ""}}))
    return "bare"


def with_kernel(path: Path, name: str) -> None:
    """Let a notebook be opened with another kernel."""
    path.chmod(0o644)
    nb = nbformat.read(path, as_version=4)
    nb.metadata["kernelspec"] = {"name": name, "display_name": name, "language": "python"}
    nbformat.write(nb, path)


def no_kernels(lab: Lab) -> None:
    """End all kernels: JupyterLab goes on with the one that a notebook has already."""
    for each in asked(lab, "/api/sessions"):
        asked(lab, f"/api/sessions/{each['id']}", "DELETE")


def asked(lab: Lab, path: str, method: str = "GET") -> Any:
    request = urllib.request.Request(lab.url(path), method=method)
    request.add_header("Authorization", f"token {lab.token}")
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or "null")


def kernel_starts(page: Page, marker: Path) -> bool:
    """Wait until the notebook's kernel is ready, or one of the files has run; returns which."""
    page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=RUNNING)
    idle = page.locator("#jp-main-statusbar", has_text="| Idle")
    for _ in range(RUNNING // 500):
        if marker.exists():
            return False
        if idle.count():
            page.wait_for_timeout(3000)  # for what is imported afterwards
            return not marker.exists()
        page.wait_for_timeout(500)
    raise AssertionError("no kernel was started")


CASES = [("python3", False), ("bare", True)]


@pytest.mark.parametrize(("kernel", "imports"), CASES)
def test_a_kernel_of_the_course_imports_nothing_from_the_folder(
    lab, page, bare, shadows, kernel, imports
):
    """With a kernel of any other place the same files run: so the test can fail."""
    folder = lab.folder / f"handed in, {kernel}"
    marker = lab.folder.parent / f"marker-{kernel}"
    write(folder, hostile_files(shadows, marker))
    shutil.copy(lab.folder / "notebooks" / NAME / FILE, folder / FILE)
    with_kernel(folder / FILE, kernel)
    page.goto(lab.url(f"/lab/tree/{folder.name}/{FILE}?reset"))
    ready = kernel_starts(page, marker)
    look(page, f"opening-{kernel}")
    assert ready != imports, marker.read_text() if marker.exists() else "nothing ran"


def hand_in(lab: Lab, files: dict[str, str]) -> None:
    """Submit an honest notebook and these files, as a student does."""
    folder = lab.folder.parent / STUDENT
    write(folder / NAME, files)
    shutil.copy(lab.folder / "notebooks" / NAME / FILE, folder / NAME / FILE)
    command = [sys.executable, "-P", "-m", "nbgrader", "submit", NAME, f"--student={STUDENT}"]
    command += [f"--CourseDirectory.course_id={COURSE_ID}"]
    command += [f"--Exchange.root={lab.folder.parent / 'exchange'}"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def instructor(lab: Lab, *command: str) -> None:
    environment = {**os.environ, "NBGRADER_EXCHANGE": str(lab.folder.parent / "exchange")}
    environment["PYTHONPATH"] = str(lab.folder)
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=lab.folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def open_live_notebook(page: Page, lab: Lab) -> None:
    """Go to the submission in the form grader, in JupyterLab, and click its link."""
    page.goto(lab.url("/lab?reset"))
    page.locator("#jupyterlab-splash").wait_for(state="detached")
    menu(page, "Nbgrader", "Formgrader")
    form = page.frame_locator("iframe").first
    form.get_by_role("link", name="Manual Grading").click()
    form.get_by_role("link", name=NAME).first.click()
    form.get_by_role("link", name=NAME).first.click()
    form.get_by_role("link", name="Submission #1").click()
    form.locator(".live-notebook a.name-hidden").click()


@pytest.fixture(scope="module")
def graded(lab: Lab, shadows: list[str]) -> tuple[Path, Path]:
    """Return the folder of a graded submission with such files, and their marker."""
    if (why := jail.missing()) and not os.environ.get("CI"):
        pytest.skip(f"no jail here: {why}")
    marker = lab.folder.parent / "marker"
    instructor(lab, "nbgrader", "generate_assignment", NAME, "--force")
    instructor(lab, "nbgrader", "release_assignment", NAME)
    hand_in(lab, hostile_files(shadows, marker))
    instructor(lab, "nbgrader", "collect", NAME)
    instructor(lab, "autograde", "grade", NAME)
    assert not marker.exists()
    return lab.folder / "autograde" / "autograded" / STUDENT / NAME, marker


OPENED = [  # (the kernel, whether the files have the names they were handed in with, who runs)
    ("python3", False, False),
    pytest.param("bare", False, False, marks=pytest.mark.thorough),
    ("python3", True, False),
    ("bare", True, True),
]


@pytest.mark.parametrize(("kernel", "raw", "runs"), OPENED)
def test_the_live_notebook_of_the_form_grader_runs_no_file_of_the_submission(
    lab, page, bare, graded, kernel, raw, runs
):
    """Each of the two protections is enough; without both the same files run."""
    folder, marker = graded
    no_kernels(lab)
    marker.unlink(missing_ok=True)
    if raw:
        submitted = lab.folder / "autograde" / "submitted" / STUDENT / NAME
        shutil.copytree(
            submitted, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.ipynb")
        )
    with_kernel(folder / FILE, kernel)
    open_live_notebook(page, lab)
    ready = kernel_starts(page, marker)
    look(page, f"live-{kernel}-{raw}")
    assert ready != runs, marker.read_text() if marker.exists() else "nothing ran"
    if ready:
        (opened,) = asked(lab, "/api/sessions")
        assert lab.folder / opened["path"] == folder / FILE
        assert opened["kernel"]["name"] == kernel


def test_a_terminal_is_as_anywhere_else(lab, page):
    """`python -m autograde` is found in the folder in which it is typed."""
    page.goto(lab.url("/lab?reset"))
    page.locator("#jupyterlab-splash").wait_for(state="detached")
    menu(page, "File", "New", "Terminal")
    page.locator(".jp-Terminal .xterm-screen").click()
    page.keyboard.type('echo "[$PYTHONSAFEPATH]" > said\n')
    for _ in range(60):
        if (lab.folder / "said").exists():
            break
        page.wait_for_timeout(500)
    assert (lab.folder / "said").read_text() == "[]\n"
