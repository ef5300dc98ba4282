"""Real data, small and free."""

from course_utils.data.digits import load_digits
from course_utils.data.penguins import INPUTS, OUTPUTS, load_penguins

__all__ = ["INPUTS", "OUTPUTS", "load_digits", "load_penguins"]
