"""Credentials of the self-hosted registry: signed statements that end by themselves.

    a project's pull credential   signed by the operator, a password in the project's Secret
    a push login                  signed by the backend, for one person, for minutes

Both are passwords for the token server, never tokens of the registry: their issuer, audience and
`typ` are others. What they say is believed only while the Project says so, too: the token server
compares UID and id with the Project's status at each request.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from rise_registry.contract import Action
from rise_registry.signing import Authority, ForeignSignatureError, Signer

AUDIENCE = "rise-registry-login"
OPERATOR, BACKEND = "rise-operator", "rise-backend"  # common names of the signing certificates
ROBOT_PREFIX = "robot+"


class Kind(StrEnum):
    """The header `typ` of each kind of statement."""

    PULL = "rise-pull+jwt"
    PUSH = "rise-push+jwt"


SIGNED_BY = {Kind.PULL: OPERATOR, Kind.PUSH: BACKEND}


@dataclass(frozen=True)
class Statement:
    """What a password says."""

    kind: Kind
    registry: str  # name in the configuration
    id: str
    expires_at: datetime
    person: str = ""  # e-mail address; empty in a pull credential
    project: str = ""  # a login of a person may be for every project that is theirs
    project_uid: str = ""
    actions: frozenset[Action] = frozenset(Action)  # no more than these, whatever the person may

    @property
    def username(self) -> str:
        """The user name that stands beside the password."""
        return self.person or ROBOT_PREFIX + self.project


def stated(statement: Statement, signer: Signer, now: datetime) -> str:
    """Return `statement` as a password.

    Raises:
        RegistryError: the signing key cannot be used.
    """
    claims = {
        "iss": SIGNED_BY[statement.kind],
        "aud": AUDIENCE,
        "sub": statement.username,
        "iat": int(now.timestamp()),
        "exp": int(statement.expires_at.timestamp()),
        "jti": statement.id,
        "registry": statement.registry,
        "project": statement.project,
        "uid": statement.project_uid,
        "actions": sorted(statement.actions),
    }
    return signer.sign(claims, statement.kind)


def read(password: str, authority: Authority) -> Statement:
    """Return what `password` says, once it is certain who signed it and that it has not ended.

    Raises:
        ForeignSignatureError: it is none of ours, or no more.
        RegistryError: the CA's certificate cannot be read.
    """
    for kind in Kind:
        try:
            claims = authority.claims(
                password,
                kind=kind,
                signer=SIGNED_BY[kind],
                issuer=SIGNED_BY[kind],
                audience=AUDIENCE,
            )
        except ForeignSignatureError:
            continue
        person = claims["sub"] if kind is Kind.PUSH else ""
        return Statement(
            kind=kind,
            registry=str(claims.get("registry", "")),
            id=str(claims["jti"]),
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
            person=person,
            project=str(claims.get("project", "")),
            project_uid=str(claims.get("uid", "")),
            actions=frozenset(action for action in Action if action in claims.get("actions", ())),
        )
    raise ForeignSignatureError("no statement of Rise, or one that has ended")
