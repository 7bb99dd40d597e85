"""Pipedrive's filters, API v1."""
