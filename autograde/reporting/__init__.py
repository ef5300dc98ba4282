"""What a class got wrong, from the gradebook and the graded notebooks as they are now."""
