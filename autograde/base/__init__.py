"""What everything else rests on; imports no other room."""
