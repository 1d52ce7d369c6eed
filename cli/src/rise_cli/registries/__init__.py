"""Registries as their clients know them: auth files, trusted CAs, the credential helper."""
