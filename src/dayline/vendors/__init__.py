"""One folder a vendor whose tongue Dayline speaks; no vendor imports another."""
