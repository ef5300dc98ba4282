"""Write the grades as a learning platform imports them: Moodle or Canvas."""

import argparse
from pathlib import Path

from traitlets.config import Config

from autograde.base.errors import OK, SOME_LEFT_OUT
from autograde.course.course import Course
from autograde.exporters.base import Platform
from autograde.exporters.canvas import CanvasExporter
from autograde.exporters.moodle import MoodleExporter


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``export``."""
    platform = parser.add_mutually_exclusive_group(required=True)
    platform.add_argument("--moodle", action="store_const", dest="platform", const=MoodleExporter)
    platform.add_argument("--canvas", action="store_const", dest="platform", const=CanvasExporter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="an assignment (default: all)")
    parser.add_argument(
        "--to", type=Path, metavar="FILE", help="default: moodle.csv or canvas.csv in autograde/"
    )
    parser.add_argument(
        "--roster",
        type=Path,
        metavar="FILE",
        help="the gradebook that Canvas exported, to copy its IDs and titles from",
    )
    parser.add_argument(
        "--identify",
        choices=MoodleExporter.identify.values,
        help="what Moodle is to know a student by (default: email)",
    )
    parser.add_argument(
        "--zeros", action="store_true", help="0 for what is missing, not an empty score"
    )


def run(course: Course, args: argparse.Namespace) -> int:
    """Write the file, and say who is not in it."""
    config = Config()
    if args.roster:
        config.CanvasExporter.roster = str(args.roster)
    if args.identify:
        config.MoodleExporter.identify = args.identify
    if args.zeros:
        config.Platform.zeros = True
    course.app.update_config(config)
    exporter: Platform = args.platform(parent=course.app)
    exporter.assignment = [Path(name).name for name in args.names]
    path = args.to or course.root / "autograde" / exporter.file
    with course.gradebook() as gradebook:
        notes = exporter.write(gradebook, path)
    for note in notes:
        print(note)
    print(f"Written: {path}")
    return SOME_LEFT_OUT if any(note.startswith("left out") for note in notes) else OK
