"""The functions of the templates, line by line, on real engines."""
