"""How an exercise is examined, and `check` and `score`."""
