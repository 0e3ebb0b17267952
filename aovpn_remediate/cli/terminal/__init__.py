"""The terminal: what is shown there, and what is asked."""
