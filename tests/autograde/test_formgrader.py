"""The form grader's answers, by a server that was started without the settings of the course."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from functools import partial
from urllib.parse import quote

import pytest
from nbgrader.api import Gradebook

from autograde.cli import main

NAME = "00_fixture"
EXTENSION = "nbgrader.server_extensions.formgrader"
EVIL = "<img src=x onerror=EVIL>"


@pytest.fixture
def server(course, tmp_path):
    """The address and the token of a server that runs in the folder above the course's."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    own = {f"JUPYTER_{name}_DIR": str(tmp_path / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    command = [sys.executable, "-m", "jupyter_server", "--allow-root", f"--port={port}"]
    command += ["--no-browser", "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}"]
    command += [f"--ServerApp.jpserver_extensions={EXTENSION}=True"]
    log = tmp_path / "log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            command,
            cwd=course.root.parent,
            env={**os.environ, "HOME": str(tmp_path), **own},
            stdout=file,
            stderr=file,
        )

    for _ in range(400):
        assert process.poll() is None, log.read_text()
        try:
            asked(f"http://127.0.0.1:{port}", token, "/api/status")
            break
        except urllib.error.URLError:
            time.sleep(0.25)
    yield f"http://127.0.0.1:{port}", token
    process.terminate()
    process.wait()


def asked(server, token, address):
    """What a server answers."""
    request = urllib.request.Request(f"{server}{address}")
    request.add_header("Authorization", f"token {token}")
    try:
        with urllib.request.urlopen(request) as found:
            return found.status, found.headers, found.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


@pytest.fixture
def ask(server):
    """``ask(address)``: what it says."""
    return partial(asked, *server)


def test_the_settings_bring_the_care_with_them(course, hand_in, solved, ask):
    solved.cells[0].source += f"\n\n{EVIL}"
    hand_in("eve", {f"{NAME}.ipynb": solved, "evil.html": EVIL.encode()})
    assert main(["--root", str(course.root), "grade", NAME]) == 0
    with Gradebook(course.app.coursedir.db_url) as gradebook:
        gradebook.update_or_create_student("eve", first_name=EVIL, last_name="E")
        (one,) = gradebook.notebook_submissions(NAME, NAME)
        submission = f"/formgrader/submissions/{one.id}"

    policy = ask("/formgrader/manage_assignments")[1]["Content-Security-Policy"]
    assert "script-src" not in policy, "the settings were read before anybody asked for them"
    assert ask("/formgrader?path=" + quote(course.root.name))[0] == 200

    for address in ("/formgrader/manage_students/" + quote(EVIL), submission + "/"):
        status, headers, page = ask(address)
        assert (address, status) == (address, 200)
        assert "script-src 'nonce-" in headers["Content-Security-Policy"]
        assert EVIL not in page
        assert page.count("<script") == page.count('<script nonce="')
    assert "&lt;img src=x onerror=EVIL&gt;" in page
    headers = ask(submission + "/evil.html.txt")[1]
    assert headers["Content-Disposition"] == "attachment"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert ask("/formgrader/api/students")[1]["Content-Type"].startswith("text/plain")
    for elsewhere in (course.root.parent, course.root / "autograde" / "submitted" / "eve" / NAME):
        assert ask("/formgrader?path=" + quote(str(elsewhere)))[0] == 403
    assert ask("/formgrader/nothing")[0] == ask(submission + "/nothing.html")[0] == 404


def test_a_notebook_that_is_gone_has_a_page(course, hand_in, solved, ask):
    """nbgrader's own template for it does not load."""
    folder = hand_in("eve", {f"{NAME}.ipynb": solved})
    assert main(["--root", str(course.root), "grade", NAME]) == 0
    graded = course.root / "autograde" / "autograded" / "eve" / NAME / f"{NAME}.ipynb"
    graded.unlink()
    assert folder.exists()
    with Gradebook(course.app.coursedir.db_url) as gradebook:
        (one,) = gradebook.notebook_submissions(NAME, NAME)
    ask("/formgrader?path=" + quote(course.root.name))
    status, _, page = ask(f"/formgrader/submissions/{one.id}/")
    assert (status, "Submission notebook file not found" in page) == (404, True)
