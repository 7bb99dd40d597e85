"""One activity as every dialect shows it, side by side."""
