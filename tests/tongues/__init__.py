"""One truth in many tongues: what one dialect writes, every other reads, and what one cannot say it leaves alone."""
