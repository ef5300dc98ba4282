"""nbgrader's gradebook, and the folders that it exchanges with students."""
