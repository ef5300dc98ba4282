"""All that only saves time."""
