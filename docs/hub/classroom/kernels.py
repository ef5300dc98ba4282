"""Kernels that talk over sockets in a folder which only their user can enter.

Jupyter's default is TCP. Nothing on a shared machine keeps others from such a port, and a kernel
sends what it prints to whoever connects: only what is sent *to* a kernel is signed.
"""

import os
import secrets
import stat
from pathlib import Path
from typing import Any

from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from jupyter_core.paths import jupyter_runtime_dir

LONGEST = 107
"""Bytes in the path of a Unix socket."""


class PrivateProvisioner(LocalProvisioner):
    """Jupyter's own, over Unix sockets.

    It is named in the kernel's specification and in the environment, so that it holds for every
    program that starts a kernel, and no settings file in a home folder undoes it by mistake.
    """

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Choose the sockets before anything else is; a kernel that is restarted keeps them."""
        manager = self.parent
        if manager is not None and manager.transport != "ipc":
            manager.transport = "ipc"
            # A name for each kernel: of one name, two that start together would take the same.
            manager.ip = str(private_folder() / f"kernel-{secrets.token_hex(4)}")
        launch: dict[str, Any] = await super().pre_launch(**kwargs)
        return launch


def private_folder() -> Path:
    """Jupyter's folder for what runs, as a folder that nobody else can enter."""
    folder = Path(jupyter_runtime_dir()).absolute()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)  # fails if it is somebody else's
    if stat.S_IMODE(folder.stat().st_mode) & 0o077:
        raise PermissionError(f"{folder} can be entered by others, and kernels' sockets go there")
    if len(os.fsencode(folder)) > LONGEST - len("/kernel-01234567-12"):
        raise OSError(f"the path {folder} is too long for sockets; set JUPYTER_RUNTIME_DIR")
    return folder
