"""Landlock: a process may write below one folder, and run no program, where the kernel has it."""

from __future__ import annotations

import ctypes
import os
import struct
from pathlib import Path

from .limits import PR_SET_NO_NEW_PRIVS, libc, prctl

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # on every processor
VERSION_FLAG = 1
PATH_BENEATH = 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
FIRST_VERSION = (1 << 13) - 1  # all rights that the first version knows
REFER, TRUNCATE = 1 << 13, 1 << 14  # of the second and the third


def version() -> int:
    """The kernel's version of Landlock; 0 where it has none or it is switched off."""
    return max(0, int(libc().syscall(CREATE_RULESET, None, ctypes.c_size_t(0), VERSION_FLAG)))


def install(writable: Path) -> bool:
    """Take away the rights to write outside `writable`, and to run programs; whether it could.

    Raises
    ------
    OSError
    """
    found = version()
    if found == 0:
        return False
    rights = FIRST_VERSION | (REFER if found >= 2 else 0) | (TRUNCATE if found >= 3 else 0)
    ruleset = _call(CREATE_RULESET, struct.pack("Q", rights), 8, 0)
    _allow(ruleset, Path("/"), READ_FILE | READ_DIR)
    _allow(ruleset, Path("/dev/null"), READ_FILE | WRITE_FILE)
    _allow(ruleset, writable, rights & ~EXECUTE)
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    _call(RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)
    return True


def _allow(ruleset: int, path: Path, rights: int) -> None:
    folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        _call(ADD_RULE, ruleset, PATH_BENEATH, struct.pack("=Qi", rights, folder), 0)
    finally:
        os.close(folder)


def _call(number: int, *arguments: int | bytes) -> int:
    given = [
        ctypes.c_char_p(each) if isinstance(each, bytes) else ctypes.c_long(each)
        for each in arguments
    ]
    result = int(libc().syscall(number, *given))
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result
