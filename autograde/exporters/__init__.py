"""Grades as learning platforms import them: exporters for ``nbgrader export --exporter=...``."""
