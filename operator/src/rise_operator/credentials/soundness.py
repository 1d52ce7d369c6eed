"""Whether a credential is what was asked for: a provider may be somebody else's code."""

from datetime import datetime, timedelta

from rise_registry.contract import Action, Credential

SHORTEST = timedelta(seconds=1)  # anything below would be renewed without a pause


def complaint(credential: Credential, asked_id: str, repository: str, now: datetime) -> str:
    """Return what is wrong with `credential`; "" when nothing is. Its password is never told."""
    if credential.id != asked_id:
        return f"its id is not the one that was asked for, {asked_id}"
    if credential.actions != frozenset({Action.PULL}):
        return "it may do something else than pull"
    places = credential.repositories
    if not places or not all(each == repository or _below(each, repository) for each in places):
        return f"it is not for {repository} alone"
    if not (credential.registry and credential.username and credential.password):
        return "registry, username or password is empty"
    if ":" in credential.username:
        return "its username holds a colon, which no client can send"
    return _about_its_end(credential, now)


def _about_its_end(credential: Credential, now: datetime) -> str:
    ends = credential.expires_at
    if ends is None:
        return ""
    if ends.tzinfo is None or credential.issued_at.tzinfo is None:
        return "its times have no time zone"
    if ends - now < SHORTEST or ends <= credential.issued_at:
        return "it has ended already: compare the clocks of registry and operator"
    return ""


def _below(place: str, repository: str) -> bool:
    return place.startswith(f"{repository}/")
