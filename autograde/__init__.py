"""The instructor's side: building the release, grading it, and one demo of the whole round trip.

nbgrader does the work and keeps the gradebook; what is here is its configuration, the steps that
it lacks, and ``python -m autograde``. ``course_utils`` never imports from here.
"""
