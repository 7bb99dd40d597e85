"""What one may not see does not exist for him: every operation of every dialect, wherever an id can stand in it."""
