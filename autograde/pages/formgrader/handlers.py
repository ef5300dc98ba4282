"""What nbgrader's handlers say and do instead of their own.

Each class here holds methods for one of theirs; `harden` puts them there. They are put into the
classes, and not into others made of them, because a server may be running when the settings of the
course are first read: nbgrader reads those of a folder on request.
"""

import os
import re
import secrets
from datetime import datetime
from http.client import responses
from pathlib import Path
from typing import Any

from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.server_extensions.formgrader import apihandlers, base, formgrader, handlers
from tornado import web
from tornado.httputil import HTTPHeaders, HTTPServerRequest

from autograde.base.dates import timestamp_in
from autograde.pages.formgrader.exporter import PageExporter
from autograde.pages.formgrader.templates import NONCE, environment, handlers_of_templates
from autograde.pages.marking import handlers as marking

PAGE = "; ".join(
    [
        "default-src 'none'",
        f"script-src 'nonce-{{}}' 'unsafe-hashes' {' '.join(handlers_of_templates())}",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",  # JupyterLab shows the form grader in a frame
    ]
)
"""A page's own scripts run, and no other; nothing is fetched from elsewhere or sent there."""

NO_PAGE = "default-src 'none'; frame-ancestors 'self'; sandbox"
"""Whatever it is, it is shown as nothing that could do anything."""

ENVIRONMENT = environment()


class Page:
    """All of nbgrader's handlers but for those of its static files."""

    @property
    def nonce(self: Any) -> str:
        """The word of this answer, which a submission cannot know."""
        if not hasattr(self, "_nonce"):
            self._nonce = secrets.token_urlsafe(16)
        return str(self._nonce)

    @property
    def content_security_policy(self: Any) -> str:
        """What a browser lets the page do; Jupyter's handlers send it with every answer."""
        return PAGE.format(self.nonce)

    def render(self: Any, name: str, **values: Any) -> str:
        """Make a page of a template."""
        for key, value in values.items():
            # A name is one part of a path, also where the address had it escaped.
            if key.endswith("_id") and re.search(r"[/\\\x00-\x1f]|^\.\.?$", str(value)):
                raise web.HTTPError(404, "There is nothing with such a name.")
        NONCE.set(self.nonce)
        return ENVIRONMENT.get_template(name).render(**values)

    @property
    def exporter(self: Any) -> PageExporter:
        """What makes a page of a graded notebook, by the settings as they are now."""
        config = self.settings["nbgrader_formgrader"].config
        exporter: PageExporter | None = self.settings.get("autograde_exporter")
        if exporter is None or exporter.settings != config:
            exporter = self.settings["autograde_exporter"] = PageExporter.of(config)
        exporter.hosts = own_hosts(self.request)
        NONCE.set(self.nonce)
        return exporter

    def write_error(self: Any, status_code: int, **about: Any) -> None:
        """Say what went wrong, escaped."""
        error = about.get("exc_info", (None, None))[1]
        said = error.log_message if isinstance(error, web.HTTPError) and error.log_message else ""
        self.finish(
            self.render(
                "error.tpl",
                base_url=self.base_url,
                status=status_code,
                reason=responses.get(status_code, ""),
                message=said,
            )
        )


class Answer:
    """What the pages' scripts ask for: JSON, in which there are names, and which is no page."""

    content_security_policy = NO_PAGE

    def set_default_headers(self: Any) -> None:
        """Not as JSON: the scripts parse some of it themselves, which jQuery then had done."""
        base.BaseHandler.set_default_headers(self)
        self.set_header("Content-Type", "text/plain; charset=UTF-8")

    def write_error(self: Any, status_code: int, **about: Any) -> None:
        """Only say that something went wrong: the scripts do not read more."""
        self.finish(f"{status_code} {responses.get(status_code, '')}\n")


class HandedIn:
    """Files beside a submission's notebook."""

    content_security_policy = NO_PAGE

    def set_extra_headers(self: Any, path: str) -> None:
        """Let a browser save them, and open none."""
        self.set_header("Content-Disposition", "attachment")

    def parse_url_path(self: Any, url_path: str) -> Any:
        """Find a file, in the submission's folder only."""
        if ".." in re.split(r"[/\\]", url_path):
            raise web.HTTPError(404)
        return _parse_url_path(self, url_path)


class Entry:
    """The form grader's first page, which runs the settings of a folder that it is given."""

    @web.authenticated
    def get(self: Any) -> None:
        """Open this course; another one, or a student's folder, is not opened by an address."""
        asked = self.get_argument("path", "")
        if asked and os.path.realpath(asked) != os.path.realpath(self.coursedir.root):
            raise web.HTTPError(
                403, "This form grader shows one course; start another server for another one."
            )
        _enter(self)


class Extension:
    """The server extension."""

    def init_handlers(self: Any, webapp: web.Application) -> None:
        """Add nbgrader's handlers, and a policy to the answers of those that send none."""
        _init_handlers(self, webapp)
        prefix = webapp.settings["base_url"].rstrip("/") + "/formgrader/"

        class Policy(web.OutputTransform):
            def __init__(self, request: HTTPServerRequest) -> None:
                self.ours = request.path.startswith(prefix)

            def transform_first_chunk(
                self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
            ) -> tuple[int, HTTPHeaders, bytes]:
                if self.ours and "Content-Security-Policy" not in headers:
                    headers["Content-Security-Policy"] = NO_PAGE
                    headers["X-Content-Type-Options"] = "nosniff"
                return status_code, headers, chunk

        webapp.add_transform(Policy)


class Folders:
    """Where nbgrader reads a ``timestamp.txt``: at one without a date it stops for the class."""

    def get_existing_timestamp(self: Any, dest_path: str) -> datetime | None:
        """The date in a folder; none where it says none."""
        return timestamp_in(Path(dest_path))


class Submissions:
    """Where it does so again."""

    def get_submitted_timestamp(self: Any, assignment_id: str, student_id: str) -> datetime | None:
        """The date of a submission; none where it says none."""
        folder = self.coursedir.submitted_directory
        return timestamp_in(Path(self.coursedir.format_path(folder, student_id, assignment_id)))


_parse_url_path = handlers.SubmissionFilesHandler.parse_url_path
_enter = handlers.FormgraderHandler.get
_init_handlers = formgrader.FormgradeExtension.init_handlers


def harden() -> None:
    """Give nbgrader's classes the methods above; to do it again changes nothing."""
    for theirs, ours in [
        (base.BaseHandler, Page),
        (base.BaseApiHandler, Answer),
        (handlers.SubmissionFilesHandler, HandedIn),
        (handlers.FormgraderHandler, Entry),
        (formgrader.FormgradeExtension, Extension),
        (apihandlers.GradeCollectionHandler, marking.Grades),
        (apihandlers.GradeHandler, marking.Grade),
        (CourseDirectory, Folders),
        (NbGraderAPI, Submissions),
    ]:
        for name, value in vars(ours).items():
            if not name.startswith("__"):
                setattr(theirs, name, value)


def own_hosts(request: HTTPServerRequest) -> tuple[str, ...]:
    """What the machine is called that a browser asked, also behind a proxy."""
    named = [request.host, *request.headers.get_list("X-Forwarded-Host")]
    return tuple(
        re.sub(r":\d+$", "", each.strip()).lower() for name in named for each in name.split(",")
    )
