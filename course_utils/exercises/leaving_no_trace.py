"""Run a learner's code for our own ends: the session is afterwards as it was."""

from __future__ import annotations

import contextlib
import os
import random
from collections.abc import Iterator

import numpy as np

from course_utils.exercises.notices import silence


@contextlib.contextmanager
def leaving_no_trace() -> Iterator[None]:
    """Keep from the session what an answer prints, warns of, or does to a seed that all share."""
    drawn, plain = np.random.get_state(), random.getstate()  # noqa: NPY002 (an answer may use it)
    try:
        with (
            # Nowhere, and not into memory: an answer that never ends can print all the while.
            open(os.devnull, "w", encoding="utf-8") as nowhere,
            contextlib.redirect_stdout(nowhere),
            contextlib.redirect_stderr(nowhere),
            # What is said only once in a session must not be said here, unseen.
            silence(),
        ):
            yield
    finally:
        np.random.set_state(drawn)  # noqa: NPY002
        random.setstate(plain)
