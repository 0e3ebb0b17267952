"""`drift` and its verbs."""
