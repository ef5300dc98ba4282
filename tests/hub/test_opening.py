"""On the hub as well, a notebook that is opened runs no file that lies beside it."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import nbformat
import pytest

from autograde.course.course import ROOT

from .machine import ANA, PLACE, Hub

NAME = "03_one_sample"
NAMES = ("ipykernel_launcher", "IPython", "traitlets", "zmq", "tornado", "importlib", "json")


def prepare(hub: Hub, kernel: str) -> tuple[Path, Path]:
    """Return a folder of a student's that is as a submission, and the files' marker."""
    home = hub.home(ANA)
    folder, marker = home / f"opened-{kernel}", home / f"marker-{kernel}"
    folder.mkdir()
    for name in NAMES:
        (folder / f"{name}.py").write_text(f"open({str(marker)!r}, 'a').write({name!r})\n")
    nb = nbformat.read(ROOT / "notebooks" / NAME / f"{NAME}.ipynb", as_version=4)
    nb.metadata["kernelspec"] = {"name": kernel, "display_name": kernel, "language": "python"}
    nbformat.write(nb, folder / "opened.ipynb")
    bare = home / ".local" / "share" / "jupyter" / "kernels" / "bare"
    bare.mkdir(parents=True, exist_ok=True)
    argv = [f"{PLACE}/bin/python", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": "bare", "language": "python"}
    (bare / "kernel.json").write_text(json.dumps({**spec, "env": {"PYTHONSAFEPATH": ""}}))
    for path in (folder, *folder.iterdir()):
        shutil.chown(path, ANA)
    return folder, marker


@pytest.mark.parametrize(("kernel", "runs"), [("python3", False), ("bare", True)])
def test_a_notebook_that_is_opened_runs_no_file_beside_it(term, kernel, runs):
    """With a kernel of any other place it does: so the test can fail."""
    folder, marker = prepare(term.hub, kernel)
    page = term.pages[ANA]
    page.goto(f"{term.hub.server(ANA)}/lab/tree/{folder.name}/opened.ipynb?reset")
    page.locator(".jp-Notebook .jp-Cell").first.wait_for()
    idle = page.locator("#jp-main-statusbar", has_text="| Idle")
    until = time.monotonic() + 60
    while not marker.exists() and not idle.count():
        assert time.monotonic() < until, "no kernel was started"
        page.wait_for_timeout(500)
    page.wait_for_timeout(3000)
    assert marker.exists() == runs
