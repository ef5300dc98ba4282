"""Which exercises are filled in and right, with their points."""
