"""The audit: who did what, when, with which token and from where."""
