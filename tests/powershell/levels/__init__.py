"""Levels of proof, from what a run of the engine suite has left behind."""
