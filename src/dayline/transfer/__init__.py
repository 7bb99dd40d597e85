"""Records out of files, line by line, checked as the API checks them. It must never write but through the verbs."""
