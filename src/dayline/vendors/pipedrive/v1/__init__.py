"""Pipedrive's API v1 for activities, over the same rows as v2."""
