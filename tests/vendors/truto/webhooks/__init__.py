"""Truto's webhooks, from the write to the receiver."""
