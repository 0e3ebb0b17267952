"""Whether hosts can be worked with, and the cure where not: `examine` looks, `judge` decides."""
