"""A filter of system calls: no new programs, processes, sockets, signals or debuggers.

The jail already has no network, no files to write and no other process that matters.
This closes what the kernel offers beside those, and keeps a job to its one process, so
that ending that process ends all of it.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import platform
import struct

from .limits import PR_SET_NO_NEW_PRIVS, libc, prctl

PR_SET_SECCOMP = 22
SECCOMP_MODE_FILTER = 2

LOAD, JUMP_EQUAL, JUMP_AT_LEAST, JUMP_ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
NUMBER, ARCHITECTURE, FIRST_ARGUMENT, SECOND_ARGUMENT = 0, 4, 16, 24
CLONE_THREAD = 0x00010000

# Numbers of system calls: x86_64, and aarch64 (which never had the older ones).
_CALLS: dict[str, tuple[int | None, int | None]] = {
    "execve": (59, 221),
    "execveat": (322, 281),
    "fork": (57, None),
    "vfork": (58, None),
    "socket": (41, 198),
    "connect": (42, 203),
    "bind": (49, 200),
    "listen": (50, 201),
    "accept": (43, 202),
    "accept4": (288, 242),
    "sendto": (44, 206),
    "sendmsg": (46, 211),
    "sendmmsg": (307, 269),
    "recvmsg": (47, 212),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "kcmp": (312, 272),
    "kill": (62, 129),
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424),
    "pidfd_getfd": (438, 438),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "move_mount": (429, 429),
    "open_tree": (428, 428),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "mount_setattr": (442, 442),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    # The older way to let the kernel read and write meanwhile.
    "io_setup": (206, 0),
    "io_destroy": (207, 1),
    "io_getevents": (208, 4),
    "io_submit": (209, 2),
    "io_cancel": (210, 3),
    "io_pgetevents": (333, 292),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    "fanotify_init": (300, 262),
    "inotify_init": (253, None),
    "inotify_init1": (294, 26),
    "personality": (135, 92),
    "modify_ldt": (154, None),
    "kexec_load": (246, 104),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "setuid": (105, 146),
    "setgid": (106, 144),
    "setreuid": (113, 145),
    "setresuid": (117, 147),
    "setsid": (112, 157),
    "setpgid": (109, 154),
    "sched_setaffinity": (203, 122),
    "setpriority": (141, 140),
    # The server has the same user as its jobs: they may not slow it down, nor what it starts.
    "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118),
    "sched_setattr": (314, 274),
    "ioprio_set": (251, 30),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    # Memory in files without a name counts as no memory of the job.
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "clone3": (435, 435),  # its flags are in memory, where a filter cannot look
}
_PRLIMIT = (302, 261)
"""Of the process itself only: what it sets for the server, all later jobs would inherit."""

_BY_SECOND: dict[tuple[int, int], tuple[int, ...]] = {
    (72, 25): (8, 10, 15),  # fcntl: F_SETOWN, F_SETSIG, F_SETOWN_EX
    (16, 29): (0x5452, 0x8901, 0x8902),  # ioctl: FIOASYNC, FIOSETOWN, SIOCSPGRP
}
"""What is refused for its second argument: how the kernel is made to send a signal."""

_MACHINES = {"x86_64": (0, 0xC000003E, 56), "aarch64": (1, 0xC00000B7, 220)}


class NotSupported(Exception):
    """There is no filter for this processor."""


@functools.cache
def program(machine: str) -> bytes:
    """Return the filter for a machine, as the kernel reads it; it is made once.

    Raises
    ------
    NotSupported
    """
    if machine not in _MACHINES:
        raise NotSupported(machine)
    column, architecture, clone = _MACHINES[machine]
    refused = [n for numbers in _CALLS.values() if (n := numbers[column]) is not None]
    denied = ERRNO | errno.EPERM

    lines = [
        (LOAD, 0, 0, ARCHITECTURE),
        (JUMP_EQUAL, 1, 0, architecture),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
    ]
    if machine == "x86_64":  # numbers of the x32 variant would pass by the list below
        lines += [(JUMP_AT_LEAST, 0, 1, 0x40000000), (RETURN, 0, 0, denied)]
    for number in refused:
        # glibc tries clone() where clone3() does not exist.
        answer = ERRNO | errno.ENOSYS if number == _CALLS["clone3"][column] else denied
        lines += [(JUMP_EQUAL, 0, 1, number), (RETURN, 0, 0, answer)]
    lines += [  # past each block the number is still what is loaded
        (JUMP_EQUAL, 0, 4, _PRLIMIT[column]),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (JUMP_EQUAL, 1, 0, 0),
        (RETURN, 0, 0, denied),
        (RETURN, 0, 0, ALLOW),
    ]
    for numbers, arguments in _BY_SECOND.items():
        lines += [(JUMP_EQUAL, 0, 2 * len(arguments) + 2, numbers[column])]
        lines += [(LOAD, 0, 0, SECOND_ARGUMENT)]
        for argument in arguments:
            lines += [(JUMP_EQUAL, 0, 1, argument), (RETURN, 0, 0, denied)]
        lines += [(RETURN, 0, 0, ALLOW)]
    lines += [
        (JUMP_EQUAL, 0, 3, clone),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (JUMP_ANY_BIT, 1, 0, CLONE_THREAD),
        (RETURN, 0, 0, denied),
        (RETURN, 0, 0, ALLOW),
    ]
    return b"".join(struct.pack("HBBI", *line) for line in lines)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def install() -> None:
    """Put the filter on this process and all its threads to come; it cannot be taken off.

    Raises
    ------
    NotSupported, OSError
    """
    code = program(platform.machine())
    buffer = ctypes.create_string_buffer(code, len(code))
    held = _Program(len(code) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    if libc().prctl(PR_SET_SECCOMP, ctypes.c_ulong(SECCOMP_MODE_FILTER), ctypes.byref(held), 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
