"""What a playbook says: read, checked, resolved."""
