"""Who may do what: the API server is asked, never a second copy of its rules."""
