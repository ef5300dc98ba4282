"""Run pip, or another program that makes an environment: how far it is, and what went wrong."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from course_setup import say

CHILD = str(Path(__file__).parent / "child.py")


def run(
    command: Sequence[str], variables: Mapping[str, str], log: Path, held: IO[bytes], packages: Path
) -> tuple[int, str]:
    """Run a module, its output in `log`; return its exit status and its output.

    It ends when this process does, and holds the lock `held` until then. Lines say how far pip
    is, which installs into the folder `packages`.
    """
    begin = log.stat().st_size
    with open(log, "ab") as output:
        process = subprocess.Popen(
            [command[0], "-P", CHILD, *command[1:]],
            env={**variables, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,
            pass_fds=[held.fileno()] if sys.platform != "win32" else (),
        )
    said, ended = "", False
    try:
        while not ended:
            time.sleep(0.1)
            ended = process.poll() is not None
            written = log.read_bytes()[begin:].decode(errors="replace")
            said = tell(written, packages, said)
        if said and sys.stdout.isatty():
            say("")
    finally:
        assert process.stdin is not None
        process.stdin.close()  # which ends it
        process.wait()
    return process.returncode, written


def tell(written: str, packages: Path, said: str) -> str:
    """Say how far pip is, in one moving line, or in a line every 25 packages; return the line."""
    names = re.findall(r"^Collecting ([\w.-]+)", written, re.MULTILINE)
    doing, done, name = "found", len(names), names[-1] if names else ""
    if "Retrying (Retry(" in written:
        doing, name = "the connection is bad, trying again; found", ""
    if names and "Installing collected packages:" in written:
        doing, done, name = "installed", len(list(packages.glob("*.dist-info"))), ""
    moving = sys.stdout.isatty()
    line = f"    {doing} {done if moving else done - done % 25} packages"
    if moving and names:
        width = shutil.get_terminal_size().columns - 1
        print("\r" + f"{line}  {name}".ljust(width)[:width], end="", flush=True)
    elif line != said and done >= 25:
        say(line)
    return line if names else said


def sentence(written: str) -> str:
    """Turn what pip wrote into a sentence."""
    for pattern, words in SENTENCES.items():
        if re.search(pattern, written):
            return words
    errors = re.findall(r"^ERROR: (.*)", written, re.MULTILINE)
    return "pip failed" + (f" ({errors[-1]})" if errors else "")


SENTENCES = {  # what pip writes: what we say; the first that fits
    "No space left on device|not enough space": "the disk is full",
    "DO NOT MATCH THE HASHES": "a package is not the one that was locked, so it was refused",
    "NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ProxyError"
    "|Could not fetch URL|Connection refused|Connection broken|Network is unreachable": (
        "the packages could not be downloaded: check the internet connection (and the proxy,"
        " if there is one), then run this again"
    ),
    "No matching distribution found for": (
        "some package does not exist for Python {}.{} on this machine; the course is tested with"
        " Python 3.11 to 3.14".format(*sys.version_info)
    ),
}
