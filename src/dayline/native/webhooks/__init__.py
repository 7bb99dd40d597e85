"""Webhooks in Dayline's own words: what is sent, and the operations on them."""
