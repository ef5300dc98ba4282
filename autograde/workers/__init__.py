"""Who grades: this process, several on this computer, or a cluster."""
