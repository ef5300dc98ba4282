"""What nbgrader reads when started in this folder; the settings are in autograde/config.py."""

import sys
from pathlib import Path

root = Path(__file__).resolve().parent
sys.path.insert(0, str(root))

from autograde.course.config import configure  # noqa: E402

c = get_config()  # type: ignore[name-defined]  # noqa: F821
configure(c, root)

# Your own settings go here, for instance
# c.CourseDirectory.course_id = "backward-by-hand-2026"
# c.Exchange.root = "/srv/nbgrader/exchange"
