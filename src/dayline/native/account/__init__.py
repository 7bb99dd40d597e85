"""What an account chooses for itself over the native API: its activity types and its settings."""
