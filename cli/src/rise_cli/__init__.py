"""The rise command."""
