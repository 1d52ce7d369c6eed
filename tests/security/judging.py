"""Whether the API server decides a case as the case says."""

import re

from security.asking import ApiServer
from security.case import Case
from security.people import SECRETS


def complaint(server: ApiServer, case: Case) -> str:
    """Return what the server decides differently, or tells too much of; nothing when it agrees."""
    if case.says and (said := _refusal(server, case)):
        return said
    who, does = case.allowed
    answer = server.ask(who, does)
    return (
        "" if answer.accepted else f"{who.user or 'an administrator'} is refused: {answer.message}"
    )


def _refusal(server: ApiServer, case: Case) -> str:
    answer = server.ask(case.who, case.does)
    if answer.accepted:
        return f"{case.who.user} gets through: {answer.text[:500]}"
    if answer.code != case.code or not re.search(case.says, answer.message):
        return f"answers otherwise: {answer.code} {answer.message}"
    said = f"{case.does.sent()} {case.who}"
    told = [word for word in SECRETS if word in answer.text and word not in said]
    return f"tells {told}" if told else ""
