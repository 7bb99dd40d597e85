"""The schema's history, run by Alembic. A migration stands still once released: it never imports ``tables``."""

HEAD = "0001"  # the newest revision; known here so that a start on a migrated database need not load Alembic
