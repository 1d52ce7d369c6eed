"""A figure beside what it should be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    """A figure and what it should be."""

    what: str
    value: float
    limit: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether it is as it should be."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def __str__(self) -> str:
        """Return one line for people."""
        sign = "≥" if self.at_least else "≤"
        word = "met" if self.met else "MISSED"
        return f"{self.what:<58}{self.value:>9.2f}   {sign} {self.limit:<8g} {word}"
