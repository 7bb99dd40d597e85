"""Pipedrive's users and their settings, API v1."""
