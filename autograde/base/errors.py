"""How the commands stop: one sentence for the person at the keyboard, and an exit code."""

import errno

OK = 0
"""Everything that was asked for was done."""

DIFFERENT = 1
"""A comparison failed: notebooks/ is not a fresh build, or the demo's scores are wrong."""

CANNOT_START = 2
"""The command could not be carried out: a wrong name, a missing folder, a faulty notebook."""

SOME_NOT_GRADED = 3
"""The class is graded, but at least one submission could not be; the table says which and why."""

SOME_LEFT_OUT = 3
"""Collected, released or exported, but for somebody it could not be done; the output says who."""

INTERRUPTED = 130
"""Stopped from the keyboard, as every program on Unix says it."""

OF_THE_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.EACCES)
"""Errors after which no other submission can be written either."""


class AutogradeError(Exception):
    """The message says what happened and what to do, and is all that the person sees."""


class EndlessCell(Exception):
    """A cell that went on after it was interrupted, so that nothing below it could be run."""


class EndlessOutput(Exception):
    """A cell that had ended, but whose output had not been read to its end in time."""
