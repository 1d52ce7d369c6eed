"""The level-based engine: reflectors fill a cache, a queue of keys feeds one function."""
