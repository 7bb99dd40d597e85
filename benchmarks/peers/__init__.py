"""What users would pick instead, measured in the same run with the same PostgreSQL."""
