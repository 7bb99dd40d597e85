"""What Pipedrive's activities and other entities are made of, as its discovery endpoints tell it."""
