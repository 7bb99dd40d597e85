"""Tells others what happened: makes jobs of changes, does the jobs, sends to webhooks. Nothing here is in a request."""
