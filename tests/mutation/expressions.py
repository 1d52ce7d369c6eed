"""Every expression that differs from a given one in one thing."""

from collections.abc import Iterator
from itertools import pairwise

from mutation.grammar import CLOSING, Node, Token, parsed, tokens

SWAPS = {
    "==": "!=",
    "!=": "==",
    ">": ">=",
    "all": "exists",
    "exists": "all",
    "startsWith": "contains",
    "false": "true",
    "true": "false",
    "0": "1",
    "5": "4",
    "old": "new",
    "object": "oldObject",
    "oldObject": "object",
    "'CREATE'": "'UPDATE'",
    "'UPDATE'": "'DELETE'",
    "'DELETE'": "'CREATE'",
}


def mutants(text: str) -> Iterator[tuple[str, str]]:
    """Yield (what was changed, the expression); `text` is taken apart by CEL's grammar."""
    tree = parsed(text)
    yield "it always holds", "true"
    yield "it never holds", "false"
    for node in tree.everything():
        yield from _of_node(text, node)
    words = tokens(text)
    for word in words:
        yield from _of_word(text, word)
    yield from _lists(text, words)


def _replaced(text: str, start: int, end: int, new: str) -> str:
    return text[:start] + new + text[end:]


def _of_node(text: str, node: Node) -> Iterator[tuple[str, str]]:
    if node.kind in {"&&", "||"}:
        yield from _without_an_operand(text, node)
    elif node.kind == "?":
        yield from _decided(text, node)
    elif _claims(text, node):
        claim = text[node.start : node.end]
        yield f"not {_short(claim)}", _replaced(text, node.start, node.end, _negated(claim))


def _without_an_operand(text: str, node: Node) -> Iterator[tuple[str, str]]:
    for index, operand in enumerate(node.operands):
        left = [each for each in node.operands if each is not operand]
        rest = f" {node.kind} ".join(text[each.start : each.end] for each in left)
        what = f"without {_short(text[operand.start : operand.end])}"
        yield what, _replaced(text, node.start, node.end, rest)
        if index:
            operator = node.operators[index - 1]
            other = "||" if node.kind == "&&" else "&&"
            what = f"{other} before {_short(text[operand.start : operand.end])}"
            yield what, _replaced(text, operator.start, operator.end, other)


def _decided(text: str, node: Node) -> Iterator[tuple[str, str]]:
    condition, *branches = node.operands
    for it, branch in zip(("always", "never"), branches, strict=True):
        what = f"{it} {_short(text[condition.start : condition.end])}"
        chosen = f"({text[branch.start : branch.end]})"
        yield what, _replaced(text, node.start, node.end, chosen)


def _claims(text: str, node: Node) -> bool:
    """Tell whether it is true or false by its own words: a comparison, a call of a predicate."""
    words = {word.text for word in tokens(text[node.start : node.end])}
    return bool(words & {"==", "!=", ">", "in", "all", "exists", "allowed", "startsWith", "has"})


def _negated(claim: str) -> str:
    return claim[1:] if claim.startswith("!") else f"!({claim})"


def _of_word(text: str, word: Token) -> Iterator[tuple[str, str]]:
    if word.text in SWAPS:
        new = SWAPS[word.text]
        yield f"{new} for {word.text}", _replaced(text, word.start, word.end, new)
    if word.text.startswith("'"):
        new = f"{word.text[:-1]}~'"
        yield f"{new} for {word.text}", _replaced(text, word.start, word.end, new)
        if word.text.endswith(("-'", ":'", "/'")):
            new = f"{word.text[:-2]}'"
            yield f"{new} for {word.text}", _replaced(text, word.start, word.end, new)


def _lists(text: str, words: list[Token]) -> Iterator[tuple[str, str]]:
    """Yield each list of literals without each of its elements."""
    opening: Token | None = None
    elements: list[Token] = []
    for before, word in pairwise(words):
        if word.text == "[" and not before.text.isidentifier():
            opening, elements = word, []
        elif opening and word.text.startswith("'"):
            elements.append(word)
        elif opening and word.text == CLOSING["["]:
            for each in elements:
                left = ", ".join(other.text for other in elements if other is not each)
                yield (
                    f"without {each.text} in the list",
                    _replaced(text, opening.start, word.end, f"[{left}]"),
                )
            opening = None
        elif word.text != ",":
            opening = None


def _short(text: str) -> str:
    return " ".join(text.split())
