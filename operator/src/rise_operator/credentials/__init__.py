"""A project's pull credential: when it is made, where it is kept, how it ends."""
