"""The nbgrader settings of this course.

``configure(c, root)`` is called by ``nbgrader_config.py`` in the repository root, so the settings
hold for every ``nbgrader`` command started there, for the form grader, and for
``python -m autograde``. Classes are named by strings, because the form grader shows its
configuration as JSON.
"""

import os
import sysconfig
import warnings
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SAWarning

from autograde.pages.formgrader import harden
from autograde.pages.sanitizing import FILTERS

CHECKOUT = Path(__file__).resolve().parents[2]
"""Where this package and course_utils are."""

COURSE_ID = "backward-by-hand"

GENERATE = [
    "nbgrader.preprocessors.IncludeHeaderFooter",
    "autograde.release.preprocessors.RequireMarkers",
    "autograde.release.preprocessors.Normalise",
    "nbgrader.preprocessors.LockCells",
    "nbgrader.preprocessors.ClearSolutions",
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.CheckCellMetadata",
    "nbgrader.preprocessors.ComputeChecksums",
    "nbgrader.preprocessors.SaveCells",
    "nbgrader.preprocessors.ClearHiddenTests",
    "nbgrader.preprocessors.ClearMarkScheme",
    "nbgrader.preprocessors.ComputeChecksums",
    "nbgrader.preprocessors.CheckCellMetadata",
    "autograde.release.preprocessors.RefuseLeaks",
]
"""nbgrader's own list without AUTOTEST, and with our checks at both ends.

``Normalise`` is early so that the gradebook records the same kernel and checksums everywhere.
The leak check is a preprocessor because nbgrader only logs a hook that raises, and ships.
"""

SANITIZE = [
    "nbgrader.preprocessors.ClearOutput",
    "autograde.grading.preprocessors.DropCopies",
    "autograde.grading.preprocessors.RestoreMetadata",
    "autograde.grading.preprocessors.TellConflicts",
    "autograde.grading.preprocessors.AddMissingCells",
    "nbgrader.preprocessors.DeduplicateIds",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
"""nbgrader's own list, after steps that mend what would otherwise stop it."""

AUTOGRADE = [
    "autograde.grading.preprocessors.Examine",
    "autograde.grading.preprocessors.CleanOutputs",
    "autograde.grading.preprocessors.CleanTexts",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "autograde.grading.preprocessors.KeepVerdicts",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
"""nbgrader's own list, with ``Examine`` in the place of ``Execute``: student code is jailed."""

PAGE = [
    "autograde.grading.preprocessors.KeepShown",
    "autograde.grading.preprocessors.CleanOutputs",
    "autograde.grading.preprocessors.CleanTexts",
]
"""What the form grader and feedback make pages of, whoever graded it."""


def configure(c: Any, root: Path) -> None:
    """Fill the traitlets configuration `c` for the course whose files are under `root`."""
    c.CourseDirectory.course_id = COURSE_ID
    c.CourseDirectory.root = str(root)
    c.CourseDirectory.source_directory = "solutions"
    c.CourseDirectory.release_directory = "notebooks"
    c.CourseDirectory.submitted_directory = os.path.join("autograde", "submitted")
    c.CourseDirectory.autograded_directory = os.path.join("autograde", "autograded")
    c.CourseDirectory.feedback_directory = os.path.join("autograde", "feedback")
    c.CourseDirectory.db_url = f"sqlite:///{(root / 'autograde' / 'gradebook.db').as_posix()}"

    configure_handing_in(c)

    c.GenerateAssignment.preprocessors = GENERATE
    c.Autograde.sanitize_preprocessors = SANITIZE
    c.Autograde.autograde_preprocessors = AUTOGRADE
    c.Autograde.exporter_class = "autograde.grading.exporter.SubmissionExporter"

    # AddMissingCells does it; nbgrader's fails when the cell before is missing as well.
    c.OverwriteCells.add_missing_cells = False

    # With the late penalties of today; --exporter names another one.
    c.ExportApp.plugin_class = "autograde.exporters.table.TableExporter"

    # A busy machine must not cost a student points.
    c.Examine.cell_seconds = 120.0
    c.Examine.call_seconds = 30.0
    c.Examine.seconds = 900.0

    # What a notebook without a jail (c.Examine.unsafe = True) is run in.
    c.Execute.timeout = 120
    c.Execute.startup_timeout = 180
    c.Execute.iopub_timeout = 60
    # What a kernel warns of on the terminal is not about anybody's notebook.
    c.Execute.extra_arguments = ["--IPKernelApp.log_level=40"]
    configure_pages(c)
    # The two pages that nbgrader makes find our mathjax.html.j2 there, which loads nothing.
    put_first("JUPYTER_PATH", str(CHECKOUT / "autograde" / "pages" / "jupyter"))

    # Kernels that nbgrader starts import the course_utils of this checkout, installed or not.
    put_first("PYTHONPATH", str(CHECKOUT))
    # nbgrader's gradebook makes newer versions of SQLAlchemy warn about its own code.
    warnings.filterwarnings("ignore", category=SAWarning, module=r"nbgrader\.")
    # A new gradebook is made by the program `alembic`, which is beside the Python that runs this.
    put_first("PATH", sysconfig.get_path("scripts"))


def configure_handing_in(c: Any) -> None:
    """Whatever others hand in, by the exchange or in a zip, is theirs and stops nobody else's."""
    # Unset, nbgrader's default holds, or what /etc/jupyter and ~/.jupyter say.
    if exchange := os.environ.get("NBGRADER_EXCHANGE"):
        c.Exchange.root = os.path.abspath(exchange)
    c.ExchangeFactory.collect = "autograde.gradebook.exchange.Collect"
    c.ExchangeFactory.release_feedback = "autograde.gradebook.exchange.ReleaseFeedback"
    c.ExchangeFactory.list = "autograde.gradebook.exchange.List"

    # For nbgrader's own command; `python -m autograde collect` needs no such folder.
    c.ZipCollectApp.downloaded_directory = os.path.join("autograde", "downloaded")
    c.ZipCollectApp.extractor_plugin = "autograde.platforms.unpacking.Extractor"


def configure_pages(c: Any) -> None:
    """Whatever HTML a student's notebook holds, it runs no script in the instructor's browser."""
    c.HTMLExporter.sanitize_html = True
    c.HTMLExporter.filters = FILTERS
    c.HTMLExporter.preprocessors = PAGE
    c.GenerateFeedback.exporter_class = "autograde.reporting.feedback.FeedbackExporter"
    harden()


def put_first(variable: str, folder: str) -> None:
    """Make `folder` part of a search path in the environment, unless it is."""
    folders = [each for each in os.environ.get(variable, "").split(os.pathsep) if each]
    if folder not in folders:
        os.environ[variable] = os.pathsep.join([folder, *folders])
