"""The filter's program, run here instruction by instruction, for each processor and every call.

The numbers below are the kernel's (its ``unistd`` headers), and not read from the module.
"""

from __future__ import annotations

import errno
import struct

import pytest

from autograde.jail.inside.seccomp import NotSupported, program

X86_64, AARCH64, I386, ARM = 0xC000003E, 0xC00000B7, 0x40000003, 0x40000028
MACHINES = {"x86_64": (0, X86_64), "aarch64": (1, AARCH64)}
ALLOWED, KILLED = "allowed", "killed"
REFUSED, MISSING = errno.EPERM, errno.ENOSYS
NO_ARGUMENTS = (0,) * 6
CLONE_THREAD = 0x00010000
LAST = 600
"""Above every number that a kernel has given away."""

ALWAYS_REFUSED = [
    # (call, its number on x86_64, on aarch64 or None)
    # new programs and processes
    ("execve", 59, 221),
    ("execveat", 322, 281),
    ("fork", 57, None),
    ("vfork", 58, None),
    ("setsid", 112, 157),
    ("setpgid", 109, 154),
    # sockets, beyond a pair within the process
    ("socket", 41, 198),
    ("connect", 42, 203),
    ("bind", 49, 200),
    ("listen", 50, 201),
    ("accept", 43, 202),
    ("accept4", 288, 242),
    ("sendto", 44, 206),
    ("sendmsg", 46, 211),
    ("sendmmsg", 307, 269),
    ("recvmsg", 47, 212),
    # other processes: to look into, to signal, to hold
    ("ptrace", 101, 117),
    ("process_vm_readv", 310, 270),
    ("process_vm_writev", 311, 271),
    ("process_madvise", 440, 440),
    ("kcmp", 312, 272),
    ("kill", 62, 129),
    ("tkill", 200, 130),
    ("tgkill", 234, 131),
    ("rt_sigqueueinfo", 129, 138),
    ("rt_tgsigqueueinfo", 297, 240),
    ("pidfd_open", 434, 434),
    ("pidfd_send_signal", 424, 424),
    ("pidfd_getfd", 438, 438),
    # another view of the machine
    ("unshare", 272, 97),
    ("setns", 308, 268),
    ("mount", 165, 40),
    ("umount2", 166, 39),
    ("pivot_root", 155, 41),
    ("chroot", 161, 51),
    ("move_mount", 429, 429),
    ("open_tree", 428, 428),
    ("fsopen", 430, 430),
    ("fsconfig", 431, 431),
    ("fsmount", 432, 432),
    ("mount_setattr", 442, 442),
    ("name_to_handle_at", 303, 264),
    ("open_by_handle_at", 304, 265),
    # the kernel's large doors
    ("bpf", 321, 280),
    ("perf_event_open", 298, 241),
    ("userfaultfd", 323, 282),
    ("io_uring_setup", 425, 425),
    ("io_uring_enter", 426, 426),
    ("io_uring_register", 427, 427),
    ("io_setup", 206, 0),
    ("io_destroy", 207, 1),
    ("io_submit", 209, 2),
    ("io_cancel", 210, 3),
    ("io_getevents", 208, 4),
    ("io_pgetevents", 333, 292),
    ("add_key", 248, 217),
    ("request_key", 249, 218),
    ("keyctl", 250, 219),
    ("personality", 135, 92),
    ("modify_ldt", 154, None),
    ("kexec_load", 246, 104),
    ("init_module", 175, 105),
    ("finit_module", 313, 273),
    # what lives on, or is counted for a user and not for a job
    ("shmget", 29, 194),
    ("shmat", 30, 196),
    ("msgget", 68, 186),
    ("semget", 64, 190),
    ("mq_open", 240, 180),
    ("fanotify_init", 300, 262),
    ("inotify_init", 253, None),
    ("inotify_init1", 294, 26),
    ("memfd_create", 319, 279),
    ("memfd_secret", 447, 447),
    # users, and what slows others down
    ("setuid", 105, 146),
    ("setgid", 106, 144),
    ("setreuid", 113, 145),
    ("setresuid", 117, 147),
    ("sched_setaffinity", 203, 122),
    ("setpriority", 141, 140),
    ("sched_setscheduler", 144, 119),
    ("sched_setparam", 142, 118),
    ("sched_setattr", 314, 274),
    ("ioprio_set", 251, 30),
    ("migrate_pages", 256, 238),
    ("move_pages", 279, 239),
]

BY_ARGUMENT = [
    # (call, its numbers, arguments, what comes of it)
    ("clone: a thread", (56, 220), (0x3D0F00 | CLONE_THREAD,), ALLOWED),
    ("clone: a process", (56, 220), (17,), REFUSED),
    ("clone: a process that shares memory", (56, 220), (0x4111,), REFUSED),
    ("clone: new namespaces", (56, 220), (0x7E020011,), REFUSED),
    ("clone3: as if it did not exist", (435, 435), (0, 88), MISSING),
    ("prlimit64: of the process itself", (302, 261), (0, 7), ALLOWED),
    ("prlimit64: of another one", (302, 261), (1, 7), REFUSED),
    ("fcntl: F_GETFL", (72, 25), (3, 3), ALLOWED),
    ("fcntl: F_DUPFD_CLOEXEC", (72, 25), (3, 1030), ALLOWED),
    ("fcntl: F_SETOWN", (72, 25), (3, 8), REFUSED),
    ("fcntl: F_SETSIG", (72, 25), (3, 10), REFUSED),
    ("fcntl: F_SETOWN_EX", (72, 25), (3, 15), REFUSED),
    ("ioctl: TCGETS", (16, 29), (1, 0x5401), ALLOWED),
    ("ioctl: FIONBIO", (16, 29), (3, 0x5421), ALLOWED),
    ("ioctl: FIOASYNC", (16, 29), (3, 0x5452), REFUSED),
    ("ioctl: FIOSETOWN", (16, 29), (3, 0x8901), REFUSED),
    ("ioctl: SIOCSPGRP", (16, 29), (3, 0x8902), REFUSED),
]

NEEDED = [
    # (call, its number on x86_64, on aarch64): without them nothing runs
    ("read", 0, 63),
    ("write", 1, 64),
    ("mmap", 9, 222),
    ("munmap", 11, 215),
    ("brk", 12, 214),
    ("futex", 202, 98),
    ("openat", 257, 56),
    ("close", 3, 57),
    ("clock_gettime", 228, 113),
    ("exit_group", 231, 94),
    ("socketpair", 53, 199),
    ("rt_sigaction", 13, 134),
]


def answer(machine: str, number: int, arguments=NO_ARGUMENTS, architecture: int | None = None):
    """What the kernel would do with a call: classic BPF over its ``struct seccomp_data``."""
    own = MACHINES[machine][1]
    arguments = (*arguments, *NO_ARGUMENTS)[:6]
    data = struct.pack(
        "<IIQ6Q", number, own if architecture is None else architecture, 0, *arguments
    )
    lines = list(struct.iter_unpack("HBBI", program(machine)))
    accumulator, at = 0, 0
    for _ in range(len(lines)):
        code, yes, no, constant = lines[at]
        at += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, constant)
        elif code == 0x06:
            kind, said = constant & 0xFFFF0000, constant & 0xFFFF
            return {0x7FFF0000: ALLOWED, 0x80000000: KILLED, 0x00050000: said}[kind]
        else:
            true = {
                0x15: accumulator == constant,
                0x35: accumulator >= constant,
                0x45: bool(accumulator & constant),
            }[code]
            at += yes if true else no
    raise AssertionError("the program does not end")


@pytest.mark.parametrize("machine", MACHINES)
def test_every_number_is_refused_or_allowed_as_the_table_says(machine):
    column = MACHINES[machine][0]
    refused = {row[1 + column]: row[0] for row in ALWAYS_REFUSED if row[1 + column] is not None}
    asked = {row[1][column] for row in BY_ARGUMENT}
    for number in set(range(LAST)) - asked:
        expected = REFUSED if number in refused else ALLOWED
        assert answer(machine, number) == expected, (number, refused.get(number))
        assert answer(machine, number, (2**64 - 1,) * 6) == expected, (number, refused.get(number))


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(("what", "numbers", "arguments", "expected"), BY_ARGUMENT)
def test_some_are_judged_by_their_argument(machine, what, numbers, arguments, expected):
    assert answer(machine, numbers[MACHINES[machine][0]], arguments) == expected


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(("what", "x86_64", "aarch64"), NEEDED)
def test_what_every_program_needs_is_allowed(machine, what, x86_64, aarch64):
    assert answer(machine, (x86_64, aarch64)[MACHINES[machine][0]]) == ALLOWED


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("foreign", [I386, ARM, X86_64, AARCH64, 0])
@pytest.mark.parametrize("number", [0, 1, 11, 59, 221, 359, 0x40000000 + 59])
def test_a_call_of_another_architecture_ends_the_process(machine, foreign, number):
    """``int 0x80`` is one: the same numbers mean other calls there."""
    if foreign != MACHINES[machine][1]:
        assert answer(machine, number, architecture=foreign) == KILLED


@pytest.mark.parametrize("number", [0, 1, 41, 59, 257, 512, 545, 0x3FFFFFFF])
def test_no_call_of_the_x32_variant_gets_through(number):
    assert answer("x86_64", 0x40000000 + number) == REFUSED


def test_there_is_no_filter_for_an_unknown_processor():
    with pytest.raises(NotSupported, match="riscv64"):
        program("riscv64")
