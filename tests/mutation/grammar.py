"""Enough of CEL's grammar to change one thing in an expression: where operands begin and end."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

TOKEN = re.compile(
    r"\s*(?P<it>'(?:[^'\\]|\\.)*'|\d+|\w+|\.\?|&&|\|\||==|!=|<=|>=|[-+!<>?:.,()\[\]{}])"
)
CLOSING = {"(": ")", "[": "]", "{": "}"}
ENDS = {*CLOSING.values(), ",", "?", ":", "&&", "||"}


@dataclass(frozen=True)
class Token:
    """A word of the expression, and where it stands."""

    text: str
    start: int
    end: int


@dataclass
class Node:
    """A part of the expression: `||`, `&&`, `?`, or (empty kind) what stands between these."""

    kind: str
    start: int
    end: int
    operands: list["Node"] = field(default_factory=list["Node"])
    operators: list[Token] = field(default_factory=list[Token])

    def everything(self) -> Iterator["Node"]:
        yield self
        for operand in self.operands:
            yield from operand.everything()


def tokens(text: str) -> list[Token]:
    """Return the words of `text`."""
    found: list[Token] = []
    position = 0
    while text[position:].strip():
        match = TOKEN.match(text, position)
        assert match, f"what is this? {text[position:]}"
        found.append(Token(match["it"], match.start("it"), match.end()))
        position = match.end()
    return found


def parsed(text: str) -> Node:
    """Return the tree of `text`."""
    return _Parser(tokens(text)).whole()


class _Parser:
    def __init__(self, words: list[Token]) -> None:
        self._words = words
        self._at = 0

    def whole(self) -> Node:
        node = self._choice()
        assert self._at == len(self._words), self._words[self._at]
        return node

    def _next(self) -> str:
        return self._words[self._at].text if self._at < len(self._words) else ""

    def _take(self) -> Token:
        self._at += 1
        return self._words[self._at - 1]

    def _choice(self) -> Node:
        condition = self._joined("||")
        if self._next() != "?":
            return condition
        first = self._take()
        yes = self._choice()
        second = self._take()
        no = self._choice()
        return Node("?", condition.start, no.end, [condition, yes, no], [first, second])

    def _joined(self, operator: str) -> Node:
        parse = self._term if operator == "&&" else lambda: self._joined("&&")
        operands, operators = [parse()], list[Token]()
        while self._next() == operator:
            operators.append(self._take())
            operands.append(parse())
        if not operators:
            return operands[0]
        return Node(operator, operands[0].start, operands[-1].end, operands, operators)

    def _term(self) -> Node:
        """What has no operator of its own at this depth: `!(a || b)`, `x.all(k, …) == y`."""
        term = Node("", self._words[self._at].start, self._words[self._at].end)
        while self._next() and self._next() not in ENDS:
            word = self._take()
            if word.text in CLOSING:
                term.operands += self._inside(CLOSING[word.text])
                word = self._take()
            term.end = word.end
        return term

    def _inside(self, closing: str) -> list[Node]:
        inside: list[Node] = []
        while self._next() != closing:
            if self._next() in {",", ":"}:
                self._take()
            else:
                inside.append(self._choice())
        return inside
