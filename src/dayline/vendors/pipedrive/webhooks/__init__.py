"""Pipedrive's webhooks: how they are made, and in what words they are told."""
