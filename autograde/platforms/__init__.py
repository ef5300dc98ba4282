"""In from a learning platform and back to it: who is who, what was handed in, feedback."""
