"""Real kernels, asked as JupyterLab asks them: with the id of the cell that is run."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jupyter_client.manager import start_new_kernel

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class Kernel:
    """One notebook's kernel."""

    def __init__(self, folder: Path, **variables: str) -> None:
        env = {**os.environ, "COURSE_UTILS_FILLED_IN": str(folder), **variables}
        env["IPYTHONDIR"] = str(folder.parent / "ipython")
        self.manager, self.client = start_new_kernel(kernel_name="python3", env=env)

    def run(self, source: str, cell: str = "") -> str:
        """Run a cell; all that stands below it then, without colours."""
        message = self.client.session.msg(
            "execute_request",
            {"code": source, "silent": False, "store_history": True, "allow_stdin": False},
            metadata={"cellId": cell} if cell else {},
        )
        self.client.shell_channel.send(message)
        shown: list[str] = []
        while True:
            reply = self.client.get_iopub_msg(timeout=120)
            if reply["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                continue
            content = reply["content"]
            if content.get("execution_state") == "idle":
                break
            shown += [content[key] for key in ("text",) if key in content]
            shown += ["\n".join(content.get("traceback", []))]
            shown += [content.get("data", {}).get("text/plain", "")]
        self.client.get_shell_msg(timeout=120)
        return _COLOURS.sub("", "".join(shown))


@contextmanager
def kernel(folder: Path, **variables: str) -> Iterator[Kernel]:
    """Start a kernel, and end it."""
    started = Kernel(folder, **variables)
    try:
        yield started
    finally:
        started.client.stop_channels()
        started.manager.shutdown_kernel(now=True)
