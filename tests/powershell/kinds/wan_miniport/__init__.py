"""`wan_miniport` on a real PowerShell: how it is read, and the two ways in which it is set."""
