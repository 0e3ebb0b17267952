"""Which hosts there are, and how they are reached."""
