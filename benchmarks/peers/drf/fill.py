"""Makes the tables, records, activities and a token, and prints the token: ``fill.py ACTIVITIES NOTE``."""

# Django is in an environment of its own, where mypy does not look.
# mypy: ignore-errors

import sys

import django

django.setup()

from activities.models import Activity, Record  # noqa: E402 - Django wants its settings first
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from rest_framework.authtoken.models import Token  # noqa: E402

RECORDS = 2_000


def fill(count: int, note: str) -> str:
    """Make the tables, records, activities and a token."""
    for app in ("auth", "authtoken"):
        call_command("migrate", app, verbosity=0)
    call_command("migrate", run_syncdb=True, verbosity=0)
    user = User.objects.create_user("bea")
    Record.objects.bulk_create(Record(kind="deal", name=f"deal {n}") for n in range(RECORDS))
    made = Activity.objects.bulk_create(
        (
            Activity(
                subject="Follow-up call about the offer", type="call", owner=user, due_date="2026-06-01",
                due_time="14:30", note=note, deal_id=1 + n % RECORDS, organization_id=1 + n % RECORDS,
                attendees=[{"email": "guest@example.com", "name": "A guest"}],
            )
            for n in range(count)
        ),
        batch_size=1_000,
    )  # fmt: skip
    hung = (Activity.participants.through(activity=a, record_id=1 + n % RECORDS) for n, a in enumerate(made))
    Activity.participants.through.objects.bulk_create(hung, batch_size=1_000)
    return str(Token.objects.create(user=user).key)


if __name__ == "__main__":
    print(fill(int(sys.argv[1]), sys.argv[2]))
