"""Lever's data API, which we call for customers whose candidates live there; start reading at ``connector``."""
