"""What surrounds the functions on a host: cultures, preferences, profiles, language modes."""
