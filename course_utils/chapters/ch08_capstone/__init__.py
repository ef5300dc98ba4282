"""Notebook 08."""

from course_utils.chapters.ch08_capstone.exercises import not_filled_in_for_training

__all__ = ["not_filled_in_for_training"]
