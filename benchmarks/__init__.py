"""How fast Dayline is, as ratios to what its database can do on the same machine in the same run."""
