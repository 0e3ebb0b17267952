"""`backup.ps1` on a real PowerShell; netsh and the cmdlets of RemoteAccess stand in."""
