"""What is left to fill in, what was filled in, and where it is saved."""

from course_utils.exercises.fill_in import FillInError, fill_in
from course_utils.exercises.registry import NotFilledIn, exercise
from course_utils.exercises.saved_work import load_saved_work, saved_answer

__all__ = ["FillInError", "NotFilledIn", "exercise", "fill_in", "load_saved_work", "saved_answer"]
