"""Set up Backward by Hand and run it: ``python3 course.py --help``.

It needs only Python 3.11 or newer. What it does is in course_setup/commands.py.
"""

# Python 2.7 can read this file. It must, to be able to say what the next lines say.
import sys

if sys.version_info < (3, 11):
    sys.exit(
        "course.py: this is Python %d.%d, and the course needs 3.11 or newer: install one"
        " (https://www.python.org/downloads/) and start course.py with it." % sys.version_info[:2]
    )

import os

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))  # PYTHONSAFEPATH leaves it out

from course_setup.commands import main

if __name__ == "__main__":
    sys.stdout.reconfigure(errors="replace")
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
