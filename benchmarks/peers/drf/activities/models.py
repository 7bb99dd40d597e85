"""What is kept."""

# Django is in an environment of its own, where mypy does not look.
# mypy: ignore-errors

from django.contrib.auth.models import User
from django.db import models


class Record(models.Model):
    """What activities hang on."""

    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=255)


class Activity(models.Model):
    """An activity."""

    subject = models.CharField(max_length=255)
    type = models.CharField(max_length=50)
    owner = models.ForeignKey(User, on_delete=models.PROTECT)
    done = models.BooleanField(default=False)
    busy = models.BooleanField(default=False)
    priority = models.CharField(max_length=10, default="normal")
    due_date = models.DateField(null=True)
    due_time = models.TimeField(null=True)
    duration = models.DurationField(null=True)
    note = models.TextField(blank=True)
    description = models.TextField(blank=True)
    location = models.CharField(max_length=255, blank=True)
    conference_url = models.URLField(blank=True)
    deal = models.ForeignKey(Record, null=True, on_delete=models.PROTECT, related_name="+")
    organization = models.ForeignKey(Record, null=True, on_delete=models.PROTECT, related_name="+")
    participants = models.ManyToManyField(Record)
    attendees = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True, db_index=True)


class Change(models.Model):
    """The change log."""

    activity = models.ForeignKey(Activity, on_delete=models.CASCADE)
    user = models.ForeignKey(User, on_delete=models.PROTECT)
    at = models.DateTimeField(auto_now_add=True)
    after = models.JSONField()
