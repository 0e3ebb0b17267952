"""What Windows will be told."""
