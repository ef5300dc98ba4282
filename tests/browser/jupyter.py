"""JupyterLab on a copy of the repository, started as the README says, and what a person does in it.

A test folder takes the fixture with ``from tests.browser.jupyter import lab``.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

ROOT = Path(__file__).resolve().parents[2]
NAMES = sorted(path.stem for path in ROOT.glob("notebooks/*/*.ipynb"))
RUNNING = 60_000  # milliseconds; a cell of the notebooks takes seconds, a busy machine more
DONE = re.compile(r"\[\d+\]")  # a prompt, once the cell has run


@dataclass
class Lab:
    """A running JupyterLab: its folder, its address, and the token that opens it."""

    folder: Path
    address: str
    token: str

    def url(self, path: str) -> str:
        """Return the address of a page of it."""
        return f"{self.address}{path}{'&' if '?' in path else '?'}token={self.token}"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Return a JupyterLab with no settings and no saved work, on the files that git has."""
    home = tmp_path_factory.mktemp("lab")
    course = home / "course"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (course / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, course / name)
    with (course / "nbgrader_config.py").open("a") as file:  # one user plays everybody
        file.write("\nc.ExchangeCollect.check_owner = False\n")

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    own = ("CONFIG", "DATA", "RUNTIME")
    environment = {
        **os.environ,
        **{f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in own},
        "HOME": str(home),
        "COURSE_UTILS_FILLED_IN": str(home / "filled_in"),
        "NBGRADER_EXCHANGE": str(home / "exchange"),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(course), os.environ.get("PYTHONPATH")])),
        "JUPYTER_PREFER_ENV_PATH": "1",
    }
    (home / "exchange").mkdir(mode=0o777)
    (home / "exchange").chmod(0o777)
    environment.pop("MPLBACKEND", None)  # the kernel's own, which draws into the notebook
    command = [sys.executable, "course.py", "--here", "lab", "--no-browser", f"--port={port}"]
    command += ["--ServerApp.port_retries=0", f"--IdentityProvider.token={token}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    log = home / "log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=course, env=environment, stdout=file, stderr=file, start_new_session=True
        )
    here = Lab(course, f"http://127.0.0.1:{port}", token)
    try:
        wait_for(here, process, log)
        yield here
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            # Jupyter's server waits for ever for a thread that was asked something as it ended.
            process.kill()
            process.wait()


def wait_for(lab: Lab, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the server answers; fail with its log if it does not."""
    for _ in range(1000):
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(lab.url("/api/status")):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.25)
    pytest.fail(f"JupyterLab did not answer in four minutes\n{log.read_text()}")


def source(name: str, grade_id: str, folder: str = "solutions") -> str:
    """Return what a cell of a notebook holds."""
    nb = nbformat.read(ROOT / folder / name / f"{name}.ipynb", as_version=4)
    (cell,) = [c for c in nb.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id]
    return str(cell.source)


# ---- what a person does ---------------------------------------------------------------


def open_notebook(page: Page, lab: Lab, name: str) -> None:
    """Open a notebook as a click on its link does, and wait for its kernel."""
    # `reset` forgets which tabs were open, as a person does who closes them.
    page.goto(lab.url(f"/lab/tree/notebooks/{name}/{name}.ipynb?reset"))
    page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=RUNNING)
    # The circle in the toolbar is that of an idle kernel also where there is none yet.
    page.locator("#jp-main-statusbar", has_text="| Idle").wait_for(timeout=RUNNING)


def idle(page: Page) -> None:
    """Wait until the kernel has nothing to do."""
    page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').wait_for(timeout=RUNNING)


def cell(page: Page, text: str) -> Locator:
    """Return the code cell that holds `text`, brought to where it can be seen."""
    found = page.locator(".jp-CodeCell").filter(has=page.locator(".cm-content", has_text=text))
    found.first.scroll_into_view_if_needed(timeout=RUNNING)
    return found.first


def write(page: Page, cell: Locator, text: str) -> None:
    """Click into a cell and type `text` in the place of what it holds."""
    cell.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(text)


def run(page: Page, cell: Locator) -> str:
    """Click into a cell, press Shift-Enter, and return what is then seen below it."""
    cell.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    cell.locator(".jp-InputPrompt").filter(has_text=DONE).wait_for(timeout=RUNNING)
    idle(page)
    return cell.locator(".jp-OutputArea").inner_text()


def menu(page: Page, *names: str) -> None:
    """Click through a menu."""
    page.get_by_role("menuitem", name=names[0], exact=True).click()
    for name in names[1:]:
        page.locator(".lm-Menu-itemLabel").filter(has_text=name).first.click()


def look(page: Page, name: str) -> None:
    """Save what is on the screen in the folder SHOTS, for somebody who wants to see it."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png")
