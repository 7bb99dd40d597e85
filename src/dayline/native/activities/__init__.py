"""Activities over the native API: the whole model."""
