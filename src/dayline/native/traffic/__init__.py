"""What was called lately, and by whom."""
