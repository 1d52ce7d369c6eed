"""Registries that Rise can use: the provider contract and the providers."""
