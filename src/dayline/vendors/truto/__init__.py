"""Truto's unified ATS API: one API into customers' Ashby, Lever, Recruitee, and into Dayline's own store."""
