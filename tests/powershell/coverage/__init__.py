"""Lines of the templates that ran on a real engine, counted by probes."""
