# SPDX-License-Identifier: Apache-2.0
"""Who is acting when a command runs on the machine itself."""

import os
import pwd


def local_actor() -> str:
    """`local:<user>`: the account this process really runs as, never what an environment variable claims."""
    uid = os.getuid()
    try:
        return f"local:{pwd.getpwuid(uid).pw_name}"
    except KeyError:  # a container may run under a number that no account has
        return f"local:{uid}"
