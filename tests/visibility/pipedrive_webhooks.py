"""Where an id can stand in Pipedrive's webhooks."""

from tests.visibility.places import Place

_NEW = {"subscription_url": "https://hooks.example.com", "event_action": "*", "event_object": "activity"}

PLACES = (
    Place(operation="deleteWebhook", where="path id", names="pipedrive webhook"),
    Place(operation="addWebhook", where="body user_id", names="user", body=_NEW),
)
