"""What a browser shows of a submission: cleaned, and with formulas that need no script."""
