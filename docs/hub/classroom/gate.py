"""Which requests a server answers, by whose page sends them and by what they ask for.

A browser says with each request whose page it comes from (`Sec-Fetch-Site`), and no script can
say otherwise. It is asked here, before anything of Jupyter's or nbgrader's sees the request: some
of their pages do what their address says, and one runs a settings file that it names.
"""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs

ENTRANCES = ("", "lab", "formgrader/gradebook")
"""Where another site, or another user's page, may lead to; opening these does nothing else."""

NAME = r"[\w.@+-]+"

MARKING = {
    "GET": "|".join(
        (
            r"oauth_callback|logout",
            rf"formgrader/gradebook(/{NAME}){{0,2}}/?",
            rf"formgrader/submissions/{NAME}(/|/(next|prev)(_incorrect)?)?",
            rf"formgrader/api/(assignments|grades|comments|(grade|comment)/{NAME})",
            rf"formgrader/api/(notebooks/{NAME}|submitted_notebooks/{NAME}/{NAME})",
            r"(formgrader/)?(static|fonts|submissions/components)/[\w./@+-]+",
        )
    ),
    "PUT": rf"formgrader/api/(grade|comment)/{NAME}",
    "POST": rf"formgrader/api/submitted_notebook/{NAME}/flag",
}
"""All that assistants can ask for. The rest of the form grader has the rights of the course: it
runs programs, and a path in it can lead anywhere in the course's folder."""

LINK = {
    "branch": r"(?!-)[\w./-]+",
    "urlpath": r"lab/tree/(?!.*\.\.)[\w./ -]+",
    "redirects": r"\d+",  # the hub counts how often it has sent somebody there
    "_xsrf": r"[\w=-]+",
}
"""What nbgitpuller's address may say besides the repository and its folder. It writes it into its
page as it is, and would get any repository into any folder, `.ssh` for instance."""


class Gate:
    """What a server refuses.

    Parameters
    ----------
    base
        The path of the server's address, which ends in a slash.
    marking
        Whether it is the one for assistants.
    repository
        The one that a link may bring into the home folder, if any.
    """

    def __init__(self, base: str, marking: bool = False, repository: str = "") -> None:
        self.base, self.marking, self.repository = base, marking, repository

    def answer(self, method: str, uri: str, headers: Mapping[str, str]) -> int:
        """200 to go on, 302 to go to the first page instead, or 403."""
        path, _, query = uri.partition("?")
        if not path.startswith(self.base) and path != self.base.rstrip("/"):
            return 403
        place = path.removeprefix(self.base.rstrip("/")).lstrip("/")
        if not self.offered(method, place, query):
            return 403
        if headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin"):
            return 200
        if (method, headers.get("Sec-Fetch-Dest")) != ("GET", "document"):
            return 403
        return 200 if self.entrance(place, query) else 302

    def entrance(self, place: str, query: str) -> bool:
        """Whether somebody else's page may lead there."""
        if place == "oauth_callback":
            return True
        if place == "git-pull":
            return bool(self.repository)
        # the hub counts how often it has sent somebody there
        return place.rstrip("/") in ENTRANCES and bool(re.fullmatch(r"(redirects=\d+)?", query))

    def offered(self, method: str, place: str, query: str) -> bool:
        """Whether this server answers that to its own user's pages."""
        if self.marking:
            allowed = re.fullmatch(MARKING.get(method, "(?!)"), place, re.ASCII)
            return not place or (bool(allowed) and ".." not in place)
        first = place.partition("/")[0]
        if first == "formgrader" and place.rstrip("/") == first:
            return not query  # it would run the settings of a folder that the query names
        if first in ("git-sync", "interact"):
            return False
        if place in ("git-pull", "git-pull/api"):
            return self.harmless(parse_qs(query, keep_blank_values=True))
        return True

    def harmless(self, query: Mapping[str, Sequence[str]]) -> bool:
        """Whether a link brings the course's repository to its own folder, and does no more."""
        folder = self.repository.rstrip("/").rsplit("/", 1)[-1].removesuffix(".git")
        wanted = {"repo": re.escape(self.repository), "targetpath": re.escape(folder), **LINK}
        return bool(self.repository) and all(
            len(values) == 1 and re.fullmatch(wanted.get(key, "(?!)"), values[0], re.ASCII)
            for key, values in query.items()
        )
