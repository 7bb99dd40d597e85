"""The schema's history, run by Alembic. A migration stands still once released: it never imports ``tables``."""

# The first digit is the generation. Within one, migrations only add, so that an old process can go on beside a new one;
# what takes something away begins the next, once no process of the old one runs any more.
HEAD = "0002"  # the newest revision; known here so that a start on a migrated database need not load Alembic


def serves(found: str | None) -> bool:
    """Whether this program can work on a database with this schema: its own, or a later one of its generation."""
    return found is not None and found[:1] == HEAD[:1] and found >= HEAD
