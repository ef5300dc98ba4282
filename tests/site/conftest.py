"""The site, built once and served to a browser."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from course_setup.locking import only_one
from tests.browsing import chromium, page, serving

__all__ = ["chromium", "page"]

ROOT = Path(__file__).resolve().parents[2]
RUN = "0[0-5]*"
"""The others take a minute to run, and show figures of the same kinds."""


@pytest.fixture(scope="session")
def npm():
    """docs/npm.py, which is no module of a package."""
    spec = importlib.util.spec_from_file_location("docs_npm", ROOT / "docs" / "npm.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def html(tmp_path_factory) -> Path:
    """The folder of the site, built as ``python3 course.py site`` does."""
    if importlib.util.find_spec("sphinx") is None and not os.environ.get("CI"):
        pytest.skip("the site's packages are not here: python3 course.py test installs them")
    # Two processes that share the tests share the site, and its folder of sources.
    place = tmp_path_factory.getbasetemp()
    place = place.parent if "PYTEST_XDIST_WORKER" in os.environ else place
    folder, built = place / "site", place / "site-is-built"
    with only_one(place / "site.lock"):
        if not built.exists():
            command = [sys.executable, str(ROOT / "docs" / "build.py"), "--output", str(folder)]
            command += ["--run", RUN]
            done = subprocess.run(command, capture_output=True, text=True)
            # Warnings are errors, so that a page that is built says nothing but where it is.
            assert (done.returncode, done.stderr) == (0, "")
            built.touch()
    return folder


@pytest.fixture(scope="session")
def site(html):
    """Its address."""
    with serving(html) as address:
        yield address
