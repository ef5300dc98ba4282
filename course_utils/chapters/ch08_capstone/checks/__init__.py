"""What catches mistakes in notebook 08.

Codes, besides those of `course_utils.checker`
-----------------------------------------------
``axis``, ``logarithm``, ``inverted``, ``smallest``, ``counted-once``, ``rows``,
``batch-sizes``, ``not-shuffled``, ``own-generator``, ``not-zeroed``, ``no-step``,
``no-rate``, ``whole-batch``, ``only-first``, ``only-last``, ``batch-means``, ``sum``,
``not-wrong`` and ``weak-check-rejects``.
"""

from course_utils.chapters.ch08_capstone.checks import batches, counting, fooling, loss, training

__all__ = ["batches", "counting", "fooling", "loss", "training"]
