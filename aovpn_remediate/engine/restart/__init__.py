"""The restarts of one host, and the queue of those that wait."""
