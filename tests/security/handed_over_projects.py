"""Attempts to change whose a Project is."""

from typing import Any

from security.asking import Request, change
from security.case import Case
from security.people import (
    ALICE,
    ANEW,
    BOB,
    CAROL,
    CORE,
    DAVE,
    DEPLOYER,
    DEV,
    FRED,
    GIFT,
    GINA,
    GITOPS,
    LEAVING,
    MALLORY,
    MINE,
    OTHER,
    REBORN,
    ROOT,
    SHOP,
    SITE,
    STALE,
    TEAM_GIFT,
    leaked,
)
from security.refusals import BOTH, LEAVES, NOT_A_MEMBER, OWNERS_OF_TEAM, STRANGER


def _edit(name: str) -> Request:
    return change("projects", name, description="x")


def _give(
    project: str, *, user: str | None = None, team: str | None = None, **spec: Any
) -> Request:
    return change("projects", project, owner={"user": user, "team": team}, **spec)


def _offer(project: str, email: str | None) -> Request:
    return change("projects", project, transferTo=email and {"user": email})


OWNERS_OFFER = "only an owner may offer.*: ask one of them|only an owner of the team may do this"
ACCEPT_ALONE = (
    "accepting a transfer may only change spec.owner and spec.transferTo: change the rest"
)
VIEWER = [{"user": MALLORY.email, "role": "viewer"}]
ACCEPT = _give(GIFT, user=BOB.email)
ACCEPT_OF_TEAM = _give(TEAM_GIFT, user=BOB.email)

CASES = [
    Case(
        26,
        "mallory makes herself the owner",
        leaked(MALLORY),
        _give(SHOP, user=MALLORY.email),
        STRANGER,
        _edit(MINE),
    ),
    Case(
        26,
        "mallory makes her team the owner",
        leaked(MALLORY),
        _give(SHOP, team=OTHER),
        STRANGER,
        _give(MINE, team=OTHER),
    ),
    Case(
        27,
        "alice makes bob the owner without asking him",
        ALICE,
        _give(SHOP, user=BOB.email),
        BOTH,
        _offer(SHOP, BOB.email),
    ),
    Case(27, "alice gives her project to her team", ALICE, _give(SHOP, team=CORE)),
    Case(
        27,
        "mallory gives her project to a team that she is not in",
        MALLORY,
        _give(MINE, team=CORE),
        f"{BOTH}|{NOT_A_MEMBER}",
        _give(MINE, team=OTHER),
    ),
    Case(28, "alice offers her project to bob", ALICE, _offer(SHOP, BOB.email)),
    Case(28, "alice withdraws her offer", ALICE, _offer(GIFT, None)),
    Case(28, "bob accepts what is offered to him", BOB, ACCEPT),
    Case(
        28,
        "bob accepts and offers it to somebody else",
        BOB,
        _give(GIFT, user=BOB.email, transferTo={"user": MALLORY.email}),
    ),
    Case(28, "bob accepts and ends the offer", BOB, _give(GIFT, user=BOB.email, transferTo=None)),
    Case(
        30,
        "mallory accepts what is offered to bob",
        leaked(MALLORY),
        _give(GIFT, user=MALLORY.email),
        STRANGER,
        _edit(MINE),
    ),
    Case(30, "mallory accepts in bob's name", leaked(MALLORY), ACCEPT, STRANGER, BOB),
    Case(
        30,
        "bob accepts and changes something else",
        BOB,
        _give(GIFT, user=BOB.email, description="x"),
        ACCEPT_ALONE,
        ACCEPT,
    ),
    Case(
        30,
        "bob accepts and adds a member",
        BOB,
        _give(GIFT, user=BOB.email, members=VIEWER),
        ACCEPT_ALONE,
        ACCEPT,
    ),
    Case(
        30,
        "bob accepts and takes something away",
        BOB,
        _give(GIFT, user=BOB.email, description=None),
        ACCEPT_ALONE,
        ACCEPT,
    ),
    Case(
        30, "bob changes a project that is only offered to him", BOB, _edit(GIFT), STRANGER, ACCEPT
    ),
    Case(30, "bob refuses an offer by taking it away", BOB, _offer(GIFT, None), STRANGER, ACCEPT),
    Case(30, "bob passes the offer on", BOB, _offer(GIFT, MALLORY.email), STRANGER, ACCEPT),
    Case(
        30,
        "bob accepts for his team",
        BOB,
        _give(GIFT, team=CORE),
        f"{STRANGER}|{OWNERS_OF_TEAM}",
        ACCEPT,
    ),
    Case(30, "a member accepts what the team offers him", BOB, ACCEPT_OF_TEAM),
    Case(
        30,
        "a member accepts what the team offers him and unprotects it",
        BOB,
        _give(TEAM_GIFT, user=BOB.email, deletionPolicy="Orphan"),
        ACCEPT_ALONE,
        ACCEPT_OF_TEAM,
    ),
    Case(
        30,
        "a member accepts what the team offers him and edits it",
        BOB,
        _give(TEAM_GIFT, user=BOB.email, description="x"),
        ACCEPT_ALONE,
        ACCEPT_OF_TEAM,
    ),
    Case(
        30,
        "another member takes what the team offers to bob",
        GINA,
        _give(TEAM_GIFT, user=GINA.email),
        f"{BOTH}|{OWNERS_OF_TEAM}",
        _edit(TEAM_GIFT),
    ),
    Case(
        31,
        "mallory offers alice's project to herself",
        leaked(MALLORY),
        _offer(SHOP, MALLORY.email),
        STRANGER,
        ALICE,
    ),
    Case(
        32,
        "a member makes the team's project his own",
        BOB,
        _give(SITE, user=BOB.email),
        f"{BOTH}|{OWNERS_OF_TEAM}",
        _edit(SITE),
    ),
    Case(
        33, "an owner of the team makes its project her own", ALICE, _give(SITE, user=ALICE.email)
    ),
    Case(
        34,
        "a member offers the team's project to somebody",
        BOB,
        _offer(SITE, MALLORY.email),
        OWNERS_OFFER,
        ALICE,
    ),
    Case(
        34,
        "a member offers the team's project to himself",
        BOB,
        _offer(SITE, BOB.email),
        OWNERS_OFFER,
        ALICE,
    ),
    Case(
        34,
        "a member withdraws the team's offer",
        GINA,
        _offer(TEAM_GIFT, None),
        OWNERS_OFFER,
        ALICE,
    ),
    Case(
        36,
        "a removed member makes the team's project her own",
        CAROL,
        _give(STALE, user=CAROL.email),
        f"{BOTH}|{STRANGER}|{OWNERS_OF_TEAM}",
        ROOT,
    ),
    Case(
        36,
        "an owner who became a member makes its project his own",
        DAVE,
        _give(STALE, user=DAVE.email),
        OWNERS_OF_TEAM,
        _edit(STALE),
    ),
    Case(
        62,
        "an old owner of a team that was created anew takes its project",
        FRED,
        _give(ANEW, user=FRED.email),
        f"{STRANGER}|{OWNERS_OF_TEAM}",
        ROOT,
    ),
    Case(
        66,
        "an account that may assign to one team takes its project out",
        DEPLOYER,
        _give(SITE, user=MALLORY.email),
        BOTH,
        GITOPS,
    ),
    Case(
        136,
        "alice moves her project to a team that is being deleted",
        ALICE,
        _give(SHOP, team=LEAVING),
        LEAVES,
        _give(SHOP, team=CORE),
        422,
    ),
    Case(
        66,
        "an account that may assign to two teams moves a project from one to the other",
        DEPLOYER,
        _give(SITE, team=REBORN),
        BOTH,
        GITOPS,
    ),
    Case(
        28,
        "somebody outside the team accepts what it offers to her",
        DEV,
        _give(ANEW, user=DEV.email, transferTo=None),
    ),
]
