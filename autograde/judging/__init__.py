"""Test cells run here, on the trusted side; the answers that they ask run in the jail."""
