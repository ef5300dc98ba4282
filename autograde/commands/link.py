"""Print the link that brings the course into a student's home on a hub (needs nbgitpuller)."""

import argparse
from urllib.parse import urlencode, urlsplit

from autograde.base.errors import OK, AutogradeError
from autograde.course.course import Course


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``link``."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="the assignment to open")
    parser.add_argument("--hub", required=True, metavar="URL", help="such as https://hub.uni.edu")
    parser.add_argument(
        "--repository",
        required=True,
        metavar="URL",
        help="what students may read, without solutions",
    )
    parser.add_argument("--branch", default="students", metavar="B", help="default: students")


def run(course: Course, args: argparse.Namespace) -> int:
    """Print it."""
    name = course.assignment(args.name) if args.name else None
    print(link(args.hub, args.repository, args.branch, name))
    return OK


def link(hub: str, repository: str, branch: str, name: str | None = None) -> str:
    """The address that makes nbgitpuller get the branch, and opens the notebooks.

    Opened once it clones the branch into the home folder, opened again it brings what is new and
    keeps what the student changed.
    """
    if urlsplit(hub).scheme not in ("http", "https"):
        raise AutogradeError(f"{hub} is no address of a hub: it starts with https://")
    folder = repository.rstrip("/").rsplit("/", 1)[-1].removesuffix(".git")
    place = f"lab/tree/{folder}/notebooks" + (f"/{name}/{name}.ipynb" if name else "")
    query = {"repo": repository, "branch": branch, "targetpath": folder, "urlpath": place}
    return f"{hub.rstrip('/')}/hub/user-redirect/git-pull?{urlencode(query)}"
