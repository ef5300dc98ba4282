"""What every test starts from: none of this machine's own settings or saved work.

It is done on import, before any test module imports course_utils or jupyter.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sysconfig
import tempfile
from typing import Any

import pytest

ELSEWHERE = tempfile.mkdtemp(prefix="backward-by-hand-")
atexit.register(shutil.rmtree, ELSEWHERE, ignore_errors=True)

os.environ.pop("NBGRADER_EXECUTION", None)
os.environ["COURSE_UTILS_FILLED_IN"] = os.path.join(ELSEWHERE, "filled_in")
os.environ["MPLBACKEND"] = "Agg"
# On a busy machine the threads of a small product wait for each other most of the time.
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
# nbgrader starts programs by name, also where the environment was not activated.
os.environ["PATH"] = os.pathsep.join(
    [sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)]
)
for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "MPLCONFIGDIR"):
    os.environ[name] = os.path.join(ELSEWHERE, name.lower())


LONGEST = ("browser", "hub", "lite", "site")
"""Folders whose tests share a server, a browser or a build, and take minutes."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--thorough``: what is marked so is run as well."""
    parser.addoption("--thorough", action="store_true", help="also what is marked thorough")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is thorough, unless it was asked for, and begin with what takes longest."""
    asked = config.getoption("--thorough") or config.option.markexpr or "::" in str(config.args)
    if not asked:
        left = [item for item in items if item.get_closest_marker("thorough")]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if not item.get_closest_marker("thorough")]
    if not hasattr(config, "workerinput"):
        return
    here = os.path.dirname(__file__)
    items.sort(key=lambda item: os.path.relpath(item.path, here).split(os.sep)[0] not in LONGEST)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Share the tests file by file, but tests/hub as one: it has users of this machine."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Files(LoadFileScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            file: str = super()._split_scope(nodeid)
            return "tests/hub" if file.startswith("tests/hub/") else file

    return Files(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Recall what failed before pytest, where it is seen: beside pytest's closing line."""
    failed = os.environ.get("COURSE_TEST_FAILED")
    if failed:
        terminalreporter.section("course.py test")
        terminalreporter.write_line(f"Failed before pytest, see the top: {failed}")
