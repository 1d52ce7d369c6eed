"""The mirror of Projects and Teams in PostgreSQL: for lists and history, never for writes."""

from rise_operator.mirror.mirror import Mirror

__all__ = ["Mirror"]
