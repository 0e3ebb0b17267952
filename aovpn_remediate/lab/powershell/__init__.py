"""A real PowerShell behind the lab's WSMan front: one process a session, killed at its end."""
