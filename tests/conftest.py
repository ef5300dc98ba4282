"""What every test starts from: none of this machine's own settings or saved work.

It is done on import, before any test module imports course_utils or jupyter.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sysconfig
import tempfile

import pytest

ELSEWHERE = tempfile.mkdtemp(prefix="backward-by-hand-")
atexit.register(shutil.rmtree, ELSEWHERE, ignore_errors=True)

os.environ.pop("NBGRADER_EXECUTION", None)
os.environ["COURSE_UTILS_FILLED_IN"] = os.path.join(ELSEWHERE, "filled_in")
os.environ["MPLBACKEND"] = "Agg"
# nbgrader starts programs by name, also where the environment was not activated.
os.environ["PATH"] = os.pathsep.join(
    [sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)]
)
for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "MPLCONFIGDIR"):
    os.environ[name] = os.path.join(ELSEWHERE, name.lower())


LONGEST = ("browser", "hub", "lite", "site")
"""Folders whose tests share a server, a browser or a build, and take minutes."""


def pytest_configure(config: pytest.Config) -> None:
    """Name the mark here as well: where tests run one after the other, nobody else does."""
    config.addinivalue_line("markers", "xdist_group(name): these tests run in one process")


@pytest.hookimpl(tryfirst=True)  # before xdist reads the marks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep together what shares something, and begin with what takes longest, for several workers.

    A file's tests run in one process, in their order.
    """
    here = os.path.dirname(__file__)
    for item in items:
        folder = os.path.relpath(item.path, here).split(os.sep)[0]
        group = folder if folder in LONGEST else str(item.path)
        item.add_marker(pytest.mark.xdist_group(group))
    if config.getoption("loadgroup", False):
        items.sort(key=lambda item: item.get_closest_marker("xdist_group").args[0] not in LONGEST)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Recall what failed before pytest, where it is seen: beside pytest's closing line."""
    failed = os.environ.get("COURSE_TEST_FAILED")
    if failed:
        terminalreporter.section("course.py test")
        terminalreporter.write_line(f"Failed before pytest, see the top: {failed}")
