"""The token server of self-hosted registries, and logins to registries for people."""
