"""Truto's integrated accounts: which customer's system is connected, how it stands, and what can be done there."""
