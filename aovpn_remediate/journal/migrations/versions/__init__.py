"""The versions of the tables, one file each, in the order of their numbers."""
