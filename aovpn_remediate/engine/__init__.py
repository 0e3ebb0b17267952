"""What differs, and whether a change held."""
