"""One class of attackers and honest students, graded once; the tests look at what became of it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import socket
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograde.base.errors import AutogradeError
from autograde.base.secret import secret_of
from autograde.cli import main
from autograde.course.nbgrader import nbgrader
from autograde.jail import jail
from tests.attacks import course as courses
from tests.attacks.room import Class, order, student_of, words
from tests.attacks.rows import NAME
from tests.autograde.conftest import NBGRADERS_OWN


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Warnings are errors, but for these in this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            for each in NBGRADERS_OWN:
                item.add_marker(pytest.mark.filterwarnings(each))


@pytest.fixture(scope="session")
def graded_class(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Class]:
    """Grade everybody with one command."""
    why = jail.missing()
    if why and not os.environ.get("CI"):
        pytest.skip(f"no jail on this machine: {why}")
    here = tmp_path_factory.mktemp("attacks")
    canaries = words()
    with warnings.catch_warnings(), contextlib.ExitStack() as stack:
        for category in (DeprecationWarning, ResourceWarning):
            warnings.simplefilter("ignore", category)
        made = Class(courses.make(here / "course", canaries["solution"], canaries["hidden"]))
        made.canaries = canaries
        (here / "file").write_text(canaries["file"])
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("CANARY", canaries["variable"])
        made.process = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-c", "import time; time.sleep(900)", "", canaries["process"]]
            )
        )
        stack.callback(made.process.kill)
        made.listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        made.listener.setblocking(False)
        canaries["secret"] = secret_of(made.course.app.coursedir).hex()
        with made.course.gradebook() as gradebook:
            gradebook.update_or_create_student("somebody", last_name=canaries["gradebook"])
        tokens = {
            "@PORT@": str(made.listener.getsockname()[1]),
            "@ROOT@": str(made.course.root),
            "@FILE@": str(here / "file"),
            "@PID@": str(made.process.pid),
            "@SUBMISSION@": canaries["submission"],
        }

        def replace(source: str) -> str:
            for token, value in tokens.items():
                source = source.replace(token, value)
            return source

        for number, row in order():
            student = row.student or student_of(number, row)
            made.students[row.name] = student
            courses.hand_in(made.course, row, student, replace)
        made.before = made.watched()
        report = here / "report.json"
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            made.status = main(
                ["--root", str(made.course.root), "grade", NAME, "--json", str(report)]
            )
        made.printed = printed.getvalue()
        made.results = {
            each["student"]: each for each in json.loads(report.read_text())["submissions"]
        }
        with contextlib.suppress(AutogradeError):  # it tells of those that have no page
            nbgrader(
                "generate_feedback", NAME, "--student=*p", folder=made.course.root, environment={}
            )
        yield made
