"""A gradebook that another program has locked is tried again for a while."""

import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import OperationalError

PATIENCE = 60.0
"""Seconds for which a locked gradebook is tried again."""

Answer = TypeVar("Answer")


def patiently(action: Callable[[], Answer]) -> Answer:
    """Do something with a gradebook; while another program has locked it, do it again."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return action()
        except OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.2)
