"""Scripts for Windows: rendered PowerShell, with every value as a literal."""
