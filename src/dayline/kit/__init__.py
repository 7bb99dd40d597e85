"""The kit: a dialect's routes and OpenAPI document from one table. It must never know a vendor, a verb or the store."""
