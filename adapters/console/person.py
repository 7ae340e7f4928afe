"""Who sits at the terminal."""

from __future__ import annotations

import getpass

from core.types import UserRef


def local_user() -> UserRef:
    """The person by their login name; "local" where the system knows none, as in some containers."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "local"
    return UserRef("console", name, name)
