"""Truto's webhooks: who is told of activities of Dayline's own store and of integrated accounts, and what is sent."""
