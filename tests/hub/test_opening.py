"""On the hub as well, a notebook that is opened runs no file that lies beside it."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest

from .conftest import PLACE, TEACHER, Hub

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAME = "03_one_sample"
SLOW = 180_000
NAMES = ("ipykernel_launcher", "IPython", "traitlets", "zmq", "tornado", "importlib", "json")


@pytest.fixture(scope="module")
def arrived(hub: Hub, chromium: Browser) -> Iterator[Page]:
    """Return the instructor's JupyterLab; its address is where the hub has led to."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(hub.address)
    page.get_by_label("Username").fill(TEACHER)
    page.get_by_label("Password").fill(hub.passwords[TEACHER])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/lab**", timeout=SLOW)
    page.locator("#jupyterlab-splash").wait_for(state="detached")
    yield page
    context.close()


def prepare(hub: Hub, kernel: str) -> tuple[Path, Path]:
    """Return a folder of the instructor's that is as a submission, and the files' marker."""
    home = hub.home(TEACHER)
    folder, marker = home / f"opened-{kernel}", home / f"marker-{kernel}"
    folder.mkdir()
    for name in NAMES:
        (folder / f"{name}.py").write_text(f"open({str(marker)!r}, 'a').write({name!r})\n")
    nb = nbformat.read(hub.course / "notebooks" / NAME / f"{NAME}.ipynb", as_version=4)
    nb.metadata["kernelspec"] = {"name": kernel, "display_name": kernel, "language": "python"}
    nbformat.write(nb, folder / "opened.ipynb")
    bare = home / ".local" / "share" / "jupyter" / "kernels" / "bare"
    bare.mkdir(parents=True, exist_ok=True)
    argv = [f"{PLACE}/bin/python", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": "bare", "language": "python"}
    (bare / "kernel.json").write_text(json.dumps({**spec, "env": {"PYTHONSAFEPATH": ""}}))
    for path in (folder, *folder.iterdir()):
        shutil.chown(path, TEACHER, TEACHER)
    return folder, marker


@pytest.mark.parametrize(("kernel", "runs"), [("python3", False), ("bare", True)])
def test_a_notebook_that_is_opened_runs_no_file_beside_it(hub, arrived, kernel, runs):
    """With a kernel of any other place it does: so the test can fail."""
    folder, marker = prepare(hub, kernel)
    base = arrived.url.split("/lab")[0]
    arrived.goto(f"{base}/lab/tree/{folder.name}/opened.ipynb?reset")
    arrived.locator(".jp-Notebook .jp-Cell").first.wait_for()
    idle = arrived.locator("#jp-main-statusbar", has_text="| Idle")
    until = time.monotonic() + 60
    while not marker.exists() and not idle.count():
        assert time.monotonic() < until, "no kernel was started"
        arrived.wait_for_timeout(500)
    arrived.wait_for_timeout(3000)
    assert marker.exists() == runs


def test_the_commands_are_found_in_a_terminal(hub, arrived):
    """There `python -m autograde` needs the folder in which it is typed, and both need the PATH."""
    said = hub.home(TEACHER) / "said"
    arrived.goto(f"{arrived.url.split('/lab')[0]}/lab?reset")
    arrived.locator("#jupyterlab-splash").wait_for(state="detached")
    arrived.get_by_role("menuitem", name="File", exact=True).click()
    arrived.locator(".lm-Menu-itemLabel").filter(has_text="New").first.click()
    arrived.locator(".lm-Menu-itemLabel").filter(has_text="Terminal").first.click()
    arrived.locator(".jp-Terminal .xterm-screen").click()
    arrived.keyboard.type("cd ~/backward-by-hand; (nbgrader --version; python -m autograde --help)")
    arrived.keyboard.type(" > ~/said 2>&1; echo that is all >> ~/said\n")
    for _ in range(120):
        if said.exists() and "that is all" in said.read_text():
            break
        arrived.wait_for_timeout(500)
    assert "usage: python -m autograde" in said.read_text()
    assert "nbgrader version" in said.read_text()
