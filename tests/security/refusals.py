"""The sentences that more than one table expects, to their last word."""

STRANGER = r"you are not \(or no longer\) an owner of this project: ask one of its owners$"
YOURSELF = (
    "you may only create a project owned by yourself or by a team that you may assign projects to "
    r"\(requested: (user|team) [a-z0-9]\S*\): name yourself in spec.owner.user, "
    "or ask an owner of the team to add you$"
)
NOT_A_MEMBER = r"you are not a member of team [a-z0-9]\S*: ask one of its owners to add you$"
LEAVES = r"team [a-z0-9]\S* is being deleted and takes no new projects: name another owner$"
OWNERS_OF_TEAM = "only an owner of the team may do this to its projects: ask one of them$"
BOTH = (
    "changing the owner needs authority over both the current and the new owner; "
    "use spec.transferTo to hand a project to another person$"
)
STAR = (
    "this account holds every verb through a wildcard role, which does not count here: grant it "
    "set-owner, or assign on named teams, without wildcards, or list it as an administrator of "
    "Rise$"
)
