"""What runs inside the jail, beside the student's code, and what both sides share.

This package stands on its own: inside the jail there is no `autograde`, only this
folder and `course_utils`. Nothing here is trusted once a student's code has run.
"""
