"""Dayline: a self-hosted activity server that speaks the wire formats existing software already speaks."""

__version__ = "0.1.0"
