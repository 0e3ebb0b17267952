"""Each playbook from the command line, on hosts of the lab."""
