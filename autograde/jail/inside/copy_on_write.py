"""Let the new objects of a job lie together, not in the gaps of what the server holds.

A page of memory is shared between the server and a job until the job writes to it, and then it is
copied, which takes as long as hundreds of lines of Python. Once the gaps are filled, what a job
makes goes to pages that hold nothing else.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Any

from .limits import libc

POOL = 2**14
SMALLEST, STEP, LARGEST = 48, 16, 512
"""Python's allocator: the size of a pool, and of the blocks in it. Where they are others, less is
filled, or a little more than is needed."""

MOST = 100_000

CHUNKS = (65536, 32768, 16384, 8192, 4096, 2048, 1024, 528, 256, 128, 64, 32)

_held: list[Any] = []


def fill() -> None:
    """Fill the gaps; what fills them stays for as long as the process."""
    _held.extend(pools(size) for size in range(SMALLEST, LARGEST + 1, STEP))
    if hasattr(libc(), "mallinfo2"):
        chunks()


def pools(size: int) -> list[bytes]:
    """Objects of one size, so many that the last of them have filled a pool of their own."""
    length = size - sys.getsizeof(b"")
    found: list[bytes] = []
    run, last = 0, -1
    while run < (POOL - 64) // size - 1 and len(found) < MOST:
        found.append(bytes(length))
        pool = id(found[-1]) // POOL
        run, last = (run + 1 if pool == last else 0), pool
    return found


class Information(ctypes.Structure):
    """What glibc tells of its memory; the last is the size of what is free at the top."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    )


def chunks() -> None:
    """Take every free chunk from glibc's allocator but the top, the largest first."""
    tell, take = libc().mallinfo2, libc().malloc
    tell.restype, take.restype = Information, ctypes.c_void_p
    for size in CHUNKS:
        for _ in range(MOST):
            before = tell().keepcost
            take(ctypes.c_size_t(size))
            if tell().keepcost != before:
                break
