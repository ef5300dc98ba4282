"""What is measured about the project: `python -m benchmarks.checker`."""
