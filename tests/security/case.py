"""One line of the table: who tries what, and what must happen."""

from dataclasses import dataclass

from security.asking import Person, Request


@dataclass(frozen=True)
class Case:
    """An attempt, by the number of its row in the attack matrix.

    `says` (a regular expression) stands in the refusal; empty: it is allowed. `twin` is allowed
    all the same: the very request of somebody else, or another request of the same person. So a
    server that refuses everything fails the test too.
    """

    row: int
    it: str
    who: Person
    does: Request
    says: str = ""
    twin: Person | Request | None = None
    code: int = 403

    @property
    def allowed(self) -> tuple[Person, Request]:
        """Return the twin: who may do what."""
        if isinstance(self.twin, Person):
            return self.twin, self.does
        if isinstance(self.twin, Request):
            return self.who, self.twin
        assert not self.says, f"{self.it}: a refusal needs a twin"
        return self.who, self.does

    @property
    def sentence(self) -> str:
        return f"{self.row} {self.it}"
