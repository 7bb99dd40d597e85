"""Who is signed in at the page, and with what password."""
