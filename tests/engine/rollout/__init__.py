"""The judged scenarios of rolling changes: three roles, sixty hosts."""
