"""The table of docs/hub.md, row by row and for each column: who can read what."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograde.course.course import ROOT

from .machine import ANA, BO, COURSE, TEACHER, Hub, run
from .reading import (
    ADDRESSES,
    BROWSERS,
    FILES,
    LISTEN,
    MARKS,
    PEOPLE,
    PROGRAMS,
    tries,
)
from .term import SLOW, Term

PAGE = (ROOT / "docs" / "hub.md").read_text(encoding="utf-8")


def rows() -> list[tuple[str, str, str]]:
    """(row, column, what the page says) of the page's table."""
    section = PAGE[PAGE.index("## Who can read what") :]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    head = next(line for line in table if PEOPLE.keys() <= set(line))
    width = len(head)
    found = []
    for line in table[table.index(head) + 2 :]:
        if len(line) != width:
            break
        given = dict(zip(head, line, strict=True))
        found += [(given["what"], column, given[column]) for column in PEOPLE]
    return found


def test_the_page_and_the_tries_have_the_same_rows():
    assert list(dict.fromkeys(row for row, _, _ in rows())) == [*FILES, *PROGRAMS, *ADDRESSES]
    assert {says for _, _, says in rows()} == {"yes", "no"}


@pytest.fixture(scope="module")
def printing(term: Term) -> Iterator[Term]:
    """Return the term, in which the course and a student have kernels that print."""
    pages = []
    for owner, user in ((COURSE, TEACHER), (ANA, ANA)):
        source = (
            f"import time\nopen('/tmp/{MARKS[owner]}', 'w').write('x')\n"
            f"for _ in range(10**6):\n    print({MARKS[owner]!r}, flush=True)\n    time.sleep(0.1)"
        )
        path = term.hub.home(owner) / "printing.ipynb"
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)"}}
        nbformat.write(new_notebook(cells=[new_code_cell(source)], metadata=kernel), path)
        run("chown", f"{owner}:", str(path))
        page = term.contexts[user].new_page()
        pages.append(page)
        page.goto(f"{term.hub.server(owner)}/lab/tree/printing.ipynb")
        page.get_by_text("(ipykernel) | Idle").wait_for(timeout=SLOW)
        # the debugger would open a port
        bug = page.locator(".jp-DebuggerBugButton").first
        assert bug.get_attribute("aria-disabled") == "true"
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        page.locator(".jp-OutputArea-output", has_text=MARKS[owner]).first.wait_for(timeout=SLOW)
    yield term
    for page in pages:  # which would be drawn as long as the kernels print
        page.close()


@pytest.mark.parametrize(("row", "column", "said"), rows())
def test_who_can_read_what(printing, row, column, said):
    for each in tries(printing.hub)[row]:
        if isinstance(each, str):
            done = printing.hub.as_user(PEOPLE[column], "sh", "-c", each)
            got, told = done.returncode == 0, done.stdout[:300] + done.stderr[:300]
        else:
            people = BROWSERS if row in ADDRESSES else PEOPLE
            got, told = each(printing, people[column]), ""
        assert got == (said == "yes"), (row, column, each, told)


TALK = """
import threading, time
def talk():
    while True:
        print("loud", flush=True)
        time.sleep(0.1)
threading.Thread(target=talk, daemon=True).start()
"""


def test_the_listener_hears_a_kernel_that_talks_over_tcp(hub: Hub):
    """Which is Jupyter's default, and why the rows above could fail."""
    command = ["python", "-m", "ipykernel_launcher", f"--IPKernelApp.exec_lines={TALK}"]
    nowhere = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    kernel = subprocess.Popen(command, **hub.rights(ANA), **nowhere)
    try:
        heard = (hub.as_user(BO, "python", "-c", LISTEN).stdout for _ in range(9))
        assert any("loud" in each for each in heard)
    finally:
        kernel.kill()
        kernel.wait()
