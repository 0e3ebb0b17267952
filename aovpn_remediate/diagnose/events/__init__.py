"""Events that a person sends: read from files, made evidence, joined to troubles."""
