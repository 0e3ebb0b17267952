"""The changes of one host: from planned steps to records."""
