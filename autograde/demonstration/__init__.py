"""An invented class, graded."""
