"""What activities hang on, as Pipedrive's clients look it up: persons, deals, organizations, projects and leads."""
