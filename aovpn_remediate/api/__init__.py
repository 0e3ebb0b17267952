"""Plan, apply, verify, roll back from Python: the verbs of the command line without printing."""
