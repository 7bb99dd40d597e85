"""Reading what happened instead of being told: pages of the change log, and streams of it."""
