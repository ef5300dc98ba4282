"""Figures with a sentence that stands in for them, also such as move."""

from course_utils.figures.figure import COLOURS, show
from course_utils.figures.interactive import Node, play_frames, play_graph
from course_utils.figures.status_line import StatusLine

__all__ = ["COLOURS", "Node", "StatusLine", "play_frames", "play_graph", "show"]
