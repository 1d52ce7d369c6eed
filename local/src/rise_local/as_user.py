"""Become another user for good, then another program: `as_user.py USER PROGRAM [ARGUMENT…]`.

PostgreSQL refuses to run as root. Started by path with `python -I -S`: nothing of Rise is imported.
"""

import os
import pwd
import sys


def main() -> None:
    """Replace this process; file descriptors and process id stay."""
    user, program, *arguments = sys.argv[1:]
    entry = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
    os.execv(program, [program, *arguments])  # noqa: S606 - that is its job


if __name__ == "__main__":
    main()
