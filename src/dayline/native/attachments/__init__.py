"""Attachments of an activity."""
