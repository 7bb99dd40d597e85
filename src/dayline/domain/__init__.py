"""What an activity is and which rules hold for it. Pure: no HTTP, no SQL, no vendor's name."""
