"""nbgrader's form grader, so that nothing of a submission is more than text in it.

nbgrader 0.9 puts names from the address and from the gradebook into its pages as they are, and
has no settings for it. So its handlers get other methods, from `handlers`, when the course's
settings are read: whoever has the settings has this as well, on a laptop and on a hub.
"""

from autograde.pages.formgrader.handlers import harden

__all__ = ["harden"]
