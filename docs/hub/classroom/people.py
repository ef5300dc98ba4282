"""Who comes in, and who somebody is: asked from the system at sign-in, and every five minutes."""

import grp
import os
import pwd
from typing import Any


class SystemGroups:
    """For an authenticator of JupyterHub: its users' groups are the system's.

    It goes before a ``LocalAuthenticator`` whose ``allowed_groups`` are the ones to ask for.
    """

    course: str
    """The account of the course: it is in no group, and does not sign in."""
    students: str
    """The group whose members are nothing else, so that nobody marks their own work."""

    def groups_of(self, name: str) -> list[str]:
        """Those of the allowed groups that the user is in; the primary one counts as well."""
        numbers = os.getgrouplist(name, pwd.getpwnam(name).pw_gid)
        names = {grp.getgrgid(number).gr_name for number in numbers}
        names &= self.allowed_groups  # type: ignore[attr-defined]
        return sorted(names & {self.students} or names)

    async def authenticate(self, handler: Any, data: Any) -> Any:
        """Sign in, but not by a form on a page of a student's server: it might be as that student.

        JupyterHub's own protection is a cookie, and such a page can set it for all of the hub.
        """
        if handler and handler.request.headers.get("Sec-Fetch-Site") == "same-site":
            return None
        return await super().authenticate(handler, data)  # type: ignore[misc]

    async def run_post_auth_hook(self, handler: Any, authentication: Any) -> Any:
        """Add the groups to what is known of somebody who has signed in."""
        known = await super().run_post_auth_hook(handler, authentication)  # type: ignore[misc]
        return known and {**known, "groups": self.groups_of(known["name"])}

    async def refresh_user(self, user: Any, handler: Any = None) -> Any:
        """Ask again; who has left all groups has to sign in, and cannot."""
        if user.name == self.course:
            return True
        groups = self.groups_of(user.name)
        return bool(groups) and {"name": user.name, "groups": groups}
