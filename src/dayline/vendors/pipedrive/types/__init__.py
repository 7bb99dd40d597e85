"""Pipedrive's activity types, API v1."""
