"""Small faults put into the templates, to see that a test fails for each."""
