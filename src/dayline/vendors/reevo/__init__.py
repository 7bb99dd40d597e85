"""Reevo's public API v2: manual activities and the timeline. It must never know another vendor."""
