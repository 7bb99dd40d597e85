"""What is told: jobs, the worker, and webhooks in each face."""
