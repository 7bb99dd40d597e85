"""People: all that is kept about one of them, and its erasure."""
