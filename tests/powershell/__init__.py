"""A real PowerShell to run the templates on: how it is built, and what stands in for Windows."""
