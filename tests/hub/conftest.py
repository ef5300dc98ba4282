"""The hub of docs/hub.md, its users' browsers, and a term that is played once for all tests.

The fixtures are the package's, which the folder is by its ``__init__.py``: a hub takes a while, its
users are users of this machine, and nothing of it may run beside other tests. Where several
processes share the tests, tests/conftest.py keeps this folder in one of them.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browsing import FLAGS, PROGRAM

from .machine import Hub, prepare, remove_users, running, why_not
from .term import Term, play

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = "--host-resolver-rules=MAP hub.test 127.0.0.1, MAP *.hub.test 127.0.0.1"


@pytest.fixture(scope="package")
def machine() -> Iterator[Hub]:
    """Return a hub that does not run yet, with users and a course; nothing is left of them."""
    if why := why_not():
        assert not (os.environ.get("CI") and os.getuid() == 0), f"CI must have the hub: {why}"
        pytest.skip(why)
    remove_users()
    folder = Path(tempfile.mkdtemp(prefix="bbh-hub-"))
    try:
        yield prepare(folder)
    finally:
        remove_users()
        shutil.rmtree(folder)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Return a browser that finds the hub's names."""
    if PROGRAM is None and not os.environ.get("CI"):
        pytest.skip("there is no Chromium here (Debian: apt install chromium)")
    assert PROGRAM is not None, "CI must install Chromium"
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=[*FLAGS, NAMES])
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def hub(machine: Hub) -> Iterator[Hub]:
    """Return the running hub."""
    with running(machine) as hub:
        yield hub


@pytest.fixture(scope="package")
def term(hub: Hub, chromium: Browser) -> Iterator[Term]:
    """Play a term; its users stay signed in."""
    term = Term(hub, chromium)
    try:
        play(term)
        yield term
    except Exception:
        term.look_at_all()
        raise
    finally:
        term.close()
