"""The pages for people: what runs here, and how to call it. Knows the dialects' documents and nothing else."""
