"""Debian's Chromium, driven by Playwright, for the tests that use the course as a person does.

A test folder takes what it needs with ``from tests.browsing import chromium, page``.
"""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

# The first is made for this: the same pages take less processor time.
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
PROGRAM = next(filter(None, map(shutil.which, PROGRAMS)), None)

# The second line keeps it from asking the network for anything that no test wants.
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Return a browser of this module's own.

    Not the session's: while Playwright runs, its event loop is the main thread's, and nothing
    else there could start one (nbclient does).
    """
    if PROGRAM is None and not os.environ.get("CI"):
        pytest.skip("there is no Chromium here (Debian: apt install chromium)")
    assert PROGRAM is not None, "CI must install Chromium"
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """Return an empty page with storage of its own, 1280 × 900."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.set_default_timeout(120_000)  # milliseconds; a click takes none, on a busy machine many
    yield context.new_page()
    context.close()


def listen(page: Page) -> list[str]:
    """Return a list that grows with each error of the page: its console, scripts and requests."""
    errors: list[str] = []

    def console(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(f"console: {message.text} ({message.location})")

    page.on("console", console)
    page.on("pageerror", lambda error: errors.append(f"script: {error}"))
    page.on(
        "response",
        lambda answer: (
            errors.append(f"{answer.status}: {answer.url}") if answer.status >= 400 else None
        ),
    )
    return errors


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        pass


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve `folder` as a static site on this machine; give its address, ending in a slash."""
    handler = functools.partial(_Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
