"""Users and their tokens over the native API."""
