"""What the backend asks the mirror, always as the person who asks."""
