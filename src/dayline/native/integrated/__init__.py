"""Integrated accounts in Dayline's own words: how they stand, and what was called. They are connected elsewhere."""
