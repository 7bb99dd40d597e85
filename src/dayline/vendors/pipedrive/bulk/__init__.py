"""Many new activities in one request: an extension of Dayline's, in the vendor's words."""
