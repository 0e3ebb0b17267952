"""The journal: what happened, who holds what, and what is left over."""
