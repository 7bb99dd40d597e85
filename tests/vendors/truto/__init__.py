"""Truto's unified API: as its own client speaks it, over the vendors' sandboxes and over our own store."""
