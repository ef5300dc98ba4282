"""What the benchmarks' command lines have in common."""

from __future__ import annotations

import argparse


def positive(text: str) -> int:
    """Read a number of something that there must be at least once."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number
