"""Who is asking: tokens of the identity provider, verified, become one Identity."""
