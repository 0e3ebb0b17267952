"""The verbs of the command line from Python, without printing."""
