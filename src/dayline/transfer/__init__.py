"""Records and activities through files, checked as the API checks them. It must never write but through the verbs."""
