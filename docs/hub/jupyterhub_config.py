"""JupyterHub for one course on one machine: real system users, nbgrader, and a private gradebook.

What differs from place to place is read from the environment, with what /opt, /srv and the groups
are called in docs/hub.md as defaults. Anything else you want to change, change here.
"""

import grp
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PLACE = Path(sys.prefix)

STATE = Path(os.environ.get("HUB_STATE", "/srv/jupyterhub"))
"""The hub's database and secrets; of root, mode 700."""

EXCHANGE = os.environ.get("NBGRADER_EXCHANGE", "/srv/nbgrader/exchange")
INSTRUCTORS = os.environ.get("HUB_INSTRUCTORS", "instructors")
STUDENTS = os.environ.get("HUB_STUDENTS", "students")
"""Groups of the system: who may come in, and who sees the form grader."""

c = get_config()  # type: ignore[name-defined]  # noqa: F821

# A web server with a certificate is in front of it (nginx, Caddy).
c.JupyterHub.bind_url = os.environ.get("HUB_URL", "http://127.0.0.1:8000")
c.JupyterHub.hub_port = int(os.environ.get("HUB_PORT", "8081"))
c.JupyterHub.db_url = f"sqlite:///{STATE}/jupyterhub.sqlite"
c.JupyterHub.cookie_secret_file = str(STATE / "cookie_secret")

programs = PLACE / "proxy" / "node_modules" / ".bin"
c.ConfigurableHTTPProxy.command = [str(programs / "configurable-http-proxy")]
c.ConfigurableHTTPProxy.api_url = os.environ.get("HUB_PROXY_API", "http://127.0.0.1:8001")
c.ConfigurableHTTPProxy.pid_file = str(STATE / "proxy.pid")

# Users of the system sign in with their password. See docs/hub.md for LTI and OAuth.
c.JupyterHub.authenticator_class = "pam"
c.PAMAuthenticator.open_sessions = False
c.LocalAuthenticator.allowed_groups = {INSTRUCTORS, STUDENTS}

c.Spawner.cmd = [str(PLACE / "bin" / "jupyterhub-singleuser")]
c.Spawner.default_url = "/lab"
# In the first lab of a term everybody signs in at once.
c.Spawner.start_timeout = c.Spawner.http_timeout = 180
c.Spawner.environment = {
    "PATH": f"{PLACE / 'bin'}{os.pathsep}/usr/local/bin:/usr/bin:/bin",
    "NBGRADER_EXCHANGE": EXCHANGE,
    "JUPYTER_PREFER_ENV_PATH": "1",  # this kernel, not one of the same name in the home folder
    "PYTHONSAFEPATH": "1",  # a kernel imports nothing from the folder of its notebook
}
# But `python -m autograde` in a terminal needs its folder; and no login shell, which would take the
# place of this PATH.
TERMINAL = "sh -c 'unset PYTHONSAFEPATH; exec ${SHELL:-sh}'"
c.Spawner.args = [f"--ServerApp.terminado_settings=shell_command={TERMINAL}"]


def settings_of_role(spawner) -> None:
    """Instructors get nbgrader's form grader and the course's settings, all others do not.

    This decides what is shown. What can be read is decided by the system: the course's folder is
    the instructor's alone.
    """
    instructor = spawner.user.name in grp.getgrnam(INSTRUCTORS).gr_mem
    folder = HERE / ("instructors" if instructor else "students")
    spawner.environment = {**spawner.environment, "JUPYTER_CONFIG_PATH": str(folder)}


c.Spawner.pre_spawn_hook = settings_of_role
