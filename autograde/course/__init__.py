"""The course on this disk, and the settings of nbgrader."""
