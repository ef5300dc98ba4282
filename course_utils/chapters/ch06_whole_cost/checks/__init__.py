"""What catches the mistakes of notebook 06.

The answer key is the cost itself: its gradients and its curvature are measured, and as it is
quadratic, they say where its lowest point is and how descent behaves.
"""

from course_utils.chapters.ch06_whole_cost.checks import gradients, lowest_point, rates, steps

__all__ = ["gradients", "lowest_point", "rates", "steps"]
