"""A user's server gets its address from the hub, and nobody else can take it.

With JupyterHub's default, the hub picks a free port, and later the server opens it. Whoever is
faster, or waits until the server has ended, gets what the proxy sends there: the cookies of its
user. Ports below 1024 are only root's, so the hub opens one and the server inherits it.
"""

import os
import pwd
import random
import socket
from pathlib import Path
from typing import Any

from jupyterhub.spawner import LocalProcessSpawner
from traitlets import Unicode

PORT = 888


class PrivateSpawner(LocalProcessSpawner):
    """JupyterHub's own, with a port and a folder that are this user's alone."""

    runtime = Unicode(
        "/run/jupyterhub", config=True, help="Root's; with a folder for each user's sockets."
    )

    popen_kwargs: dict[str, Any]
    environment: dict[str, Any]

    async def start(self) -> Any:
        """Start the server on a port that is open already."""
        with listener() as opened:
            self.ip, self.port = opened.getsockname()
            self.popen_kwargs = {**self.popen_kwargs, "pass_fds": [opened.fileno()]}
            self.environment = {
                **self.environment,
                "HUB_LISTENER": str(opened.fileno()),
                "JUPYTER_RUNTIME_DIR": str(folder_of(self.user.name, Path(self.runtime))),
            }
            return await super().start()


def listener() -> socket.socket:
    """A port of root's, on one of the sixteen million addresses of this machine's own."""
    for _ in range(100):
        opened = socket.socket()
        address = ".".join(str(random.randint(1, 254)) for _ in range(3))
        try:
            opened.bind((f"127.{address}", PORT))
        except OSError:
            opened.close()
            continue
        opened.listen(128)
        return opened
    raise OSError(f"no address with a free port {PORT}; only root can open one")


def folder_of(name: str, runtime: Path) -> Path:
    """The user's folder; it is in one of root's, so that nobody can put another in its place."""
    runtime.mkdir(mode=0o755, parents=True, exist_ok=True)
    runtime.chmod(0o755)
    folder, user = runtime / name, pwd.getpwnam(name)
    folder.mkdir(mode=0o700, exist_ok=True)
    os.chown(folder, user.pw_uid, user.pw_gid, follow_symlinks=False)
    folder.chmod(0o700)
    return folder
