"""Derivatives of a forward pass, measured. Knows no exercise."""
