"""For whoever writes exercises and notebooks."""
