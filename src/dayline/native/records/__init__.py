"""Records: what activities hang on."""
