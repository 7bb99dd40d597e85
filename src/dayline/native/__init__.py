"""Dayline's own API; start reading at the table of operations in ``routes``."""
