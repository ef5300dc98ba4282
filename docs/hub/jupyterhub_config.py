"""JupyterHub for one course on one machine: real system users, nbgrader, and a private gradebook.

What differs from place to place is read from the environment, with what /opt, /srv and the groups
are called in docs/hub.md as defaults. Anything else you want to change, change here.
"""

import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

from classroom.people import SystemGroups
from classroom.spawner import PrivateSpawner
from jupyterhub.auth import PAMAuthenticator
from tornado.web import HTTPError

HERE = Path(__file__).resolve().parent
PLACE = Path(sys.prefix)

HOST = os.environ.get("HUB_HOST", "")
"""The hub's address for browsers, such as https://hub.uni.example."""

STATE = Path(os.environ.get("HUB_STATE", "/srv/jupyterhub"))
"""The hub's database and secrets; of root, mode 700."""

EXCHANGE = os.environ.get("NBGRADER_EXCHANGE", "/srv/nbgrader/exchange")
COURSE = os.environ.get("HUB_COURSE", "course")
"""The account of the system that owns the course; nobody signs in as it."""
MARKING = "marking"
"""The second server of that account, for assistants."""

INSTRUCTORS = os.environ.get("HUB_INSTRUCTORS", "instructors")
ASSISTANTS = os.environ.get("HUB_ASSISTANTS", "assistants")
STUDENTS = os.environ.get("HUB_STUDENTS", "students")
"""Groups of the system: who may come in, and to which servers."""

c = get_config()  # type: ignore[name-defined]  # noqa: F821

# ---- one origin for each user -----------------------------------------------------------

if HOST:
    if not HOST.startswith("https://"):
        sys.exit(f"HUB_HOST={HOST}: it must begin with https://, or no browser keeps the cookies.")
    c.JupyterHub.subdomain_host = HOST
    c.JupyterHub.cookie_host_prefix_enabled = True
elif os.environ.get("HUB_ONE_ORIGIN") != "yes":
    sys.exit(
        "HUB_HOST is not set, so all users would share one address: a page on any student's server"
        " could then do what whoever opens it can do, and one click of an instructor gives that"
        " student the solutions and the gradebook. Set HUB_HOST=https://hub.uni.example, with a"
        " wildcard name and certificate (docs/hub.md); or, if everybody here may do what everybody"
        " else may, HUB_ONE_ORIGIN=yes."
    )

# ---- addresses that only root can open --------------------------------------------------

# A web server with a certificate is in front of the first one.
c.JupyterHub.bind_url = os.environ.get("HUB_URL", "http://127.0.0.1:800")
c.JupyterHub.hub_port = int(os.environ.get("HUB_PORT", "881"))
c.ConfigurableHTTPProxy.api_url = os.environ.get("HUB_PROXY_API", "http://127.0.0.1:801")

ports = [urlsplit(c.JupyterHub.bind_url).port, c.JupyterHub.hub_port]
ports.append(urlsplit(c.ConfigurableHTTPProxy.api_url).port)
limit = int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text())
if not all(port and port < limit for port in ports):
    sys.exit(
        f"The hub's ports are {ports}, and on this machine everybody can open those from {limit} on"
        " (net.ipv4.ip_unprivileged_port_start): while the hub is down, a student's program could"
        " take its place and be sent the passwords."
    )

c.JupyterHub.db_url = f"sqlite:///{STATE}/jupyterhub.sqlite"
c.JupyterHub.cookie_secret_file = str(STATE / "cookie_secret")
programs = PLACE / "proxy" / "node_modules" / ".bin"
c.ConfigurableHTTPProxy.command = [str(programs / "configurable-http-proxy")]
c.ConfigurableHTTPProxy.pid_file = str(STATE / "proxy.pid")

# ---- who comes in, and where ------------------------------------------------------------


class Authenticator(SystemGroups, PAMAuthenticator):
    """Users of the system sign in with their password. See docs/hub.md for LTI and OAuth."""

    course = COURSE
    students = STUDENTS


c.JupyterHub.authenticator_class = Authenticator
c.PAMAuthenticator.open_sessions = False
c.LocalAuthenticator.allowed_groups = {INSTRUCTORS, ASSISTANTS, STUDENTS}
c.Authenticator.manage_groups = True


def may_use(server: str) -> list[str]:
    """What it takes to start a server of the course's account and to open it."""
    return [f"servers!{server}", f"access:servers!{server}"]


c.JupyterHub.load_roles = [
    {"name": "course", "users": [COURSE], "scopes": ["self"]},
    {"name": INSTRUCTORS, "groups": [INSTRUCTORS], "scopes": may_use(f"user={COURSE}")},
    {"name": ASSISTANTS, "groups": [ASSISTANTS], "scopes": may_use(f"server={COURSE}/{MARKING}")},
]
# They need not be asked whether they trust the course's account.
clients = {f"jupyterhub-user-{COURSE}", f"jupyterhub-user-{COURSE}-{MARKING}"}
c.JupyterHub.tornado_settings = {"oauth_no_confirm_list": clients}
c.JupyterHub.allow_named_servers = True
c.JupyterHub.template_paths = [str(HERE / "templates")]


def first_page(handler) -> str:
    """Where somebody arrives who has signed in; everybody else at a server of their own."""
    groups = {group.name for group in handler.current_user.groups} if handler.current_user else ()
    for group, server in ((INSTRUCTORS, COURSE), (ASSISTANTS, f"{COURSE}/{MARKING}")):
        if group in groups:
            return f"{handler.hub.base_url}spawn/{server}"
    return ""


c.JupyterHub.default_url = first_page

# ---- their servers ----------------------------------------------------------------------

c.JupyterHub.spawner_class = PrivateSpawner
c.PrivateSpawner.runtime = os.environ.get("HUB_RUNTIME", "/run/jupyterhub")
c.Spawner.cmd = [str(PLACE / "bin" / "python"), "-P", "-m", "classroom.server"]
c.Spawner.default_url = "/lab"
# In the first lab of a term everybody signs in at once.
c.Spawner.start_timeout = c.Spawner.http_timeout = 180
# What somebody writes to /tmp is not for others either.
c.LocalProcessSpawner.popen_kwargs = {"umask": 0o077}
c.Spawner.environment = {
    "PATH": f"{PLACE / 'bin'}{os.pathsep}/usr/local/bin:/usr/bin:/bin",
    "NBGRADER_EXCHANGE": EXCHANGE,
    "JUPYTER_PREFER_ENV_PATH": "1",  # this kernel, not one of the same name in the home folder
    "PYTHONSAFEPATH": "1",  # a kernel imports nothing from the folder of its notebook
    # Every other kernel as well; ours has it in its kernel.json.
    "JUPYTER_DEFAULT_PROVISIONER_NAME": "private-provisioner",
    # The only repository that a link may bring into a home folder.
    "HUB_REPOSITORY": os.environ.get("HUB_REPOSITORY", ""),
}
# But `python -m autograde` in a terminal needs its folder; and no login shell, which would take the
# place of this PATH.
TERMINAL = "sh -c 'unset PYTHONSAFEPATH; exec ${SHELL:-sh}'"
c.Spawner.args = [f"--ServerApp.terminado_settings=shell_command={TERMINAL}"]


def settings_of_role(spawner) -> None:
    """The course's account gets nbgrader's form grader and the course's settings, nobody else.

    This decides what is shown. What can be read is decided by the system: the course's folder is
    the account's alone, and its server for assistants answers for nothing but marking.
    """
    name, server = spawner.user.name, spawner.name
    if server and (name, server) != (COURSE, MARKING):
        raise HTTPError(403, "There are no servers with names here.")
    folders = [HERE / "course"] if name == COURSE else [HERE / "students"]
    if server:
        folders.insert(0, HERE / "assistants")
    spawner.environment = {
        **spawner.environment,
        "JUPYTER_CONFIG_PATH": os.pathsep.join(map(str, folders)),
        "HUB_MARKING": "1" if server else "",
    }
    if server:
        spawner.default_url = "/formgrader/gradebook"


c.Spawner.pre_spawn_hook = settings_of_role
