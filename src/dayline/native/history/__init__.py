"""What happened to an activity, and whether anything did in the account."""
