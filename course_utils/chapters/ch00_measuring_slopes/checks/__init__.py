"""What catches the mistakes of notebook 00.

There are no expected values: slopes are those of lines through points of the graph, or measured.
"""

from course_utils.chapters.ch00_measuring_slopes.checks import (
    best_steps,
    complex_steps,
    quotients,
)

__all__ = ["best_steps", "complex_steps", "quotients"]
