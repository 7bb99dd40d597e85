"""Pipedrive's files, API v1: the attachments of activities."""
