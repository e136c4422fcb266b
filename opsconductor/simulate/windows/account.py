# SPDX-License-Identifier: Apache-2.0
"""Local users and groups of a simulated Windows host."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field

from opsconductor.simulate.windows.failure import DescriptionError


@dataclass
class User:
    name: str
    password: str = field(repr=False)
    full_name: str = ""
    description: str = ""
    groups: list[str] = field(default_factory=list)
    enabled: bool = True
    #: Relative identifier, the last part of the SID.
    rid: int = 1001


#: The groups every Windows has → the last part of their SIDs.
_BUILT_IN = {"Administrators": 544, "Users": 545, "Guests": 546, "Remote Desktop Users": 555,
             "Remote Management Users": 580}  # fmt: skip


class Accounts:
    """Users by name, whatever the case; `HOST\\name`, `.\\name` and `name` are the same."""

    def __init__(self, machine: str, machine_sid: str) -> None:
        self.machine, self.machine_sid = machine, machine_sid
        self._users: dict[str, User] = {}
        self.groups: dict[str, str] = {
            "Administrators": "Administrators have complete and unrestricted access to the computer/domain",
            "Users": "Users are prevented from making accidental or intentional system-wide changes",
            "Remote Management Users": "Members of this group can access WMI resources over management protocols",
        }
        #: Relative identifiers of groups that were made here.
        self._group_rids: dict[str, int] = {}

    def add(self, user: User) -> None:
        if any(char in user.password for char in ":\r\n"):
            raise DescriptionError(
                f"The password of the simulated user {user.name} contains a colon or a line break.",
                remedy="Use one without: the NTLM credential store cannot hold it.",
            )
        self._users[user.name.lower()] = user

    def remove(self, user: User) -> None:
        del self._users[user.name.lower()]

    def __iter__(self) -> Iterator[User]:
        return iter(list(self._users.values()))

    def get(self, name: str) -> User | None:
        return self._users.get(name.rpartition("\\")[2].lower())

    def sid(self, user: User) -> str:
        return f"{self.machine_sid}-{user.rid}"

    def next_rid(self) -> int:
        return max([1000, *(user.rid for user in self._users.values()), *self._group_rids.values()]) + 1

    def group(self, name: str) -> str | None:
        """The name as it is written of the group with this name, in any case, or SID."""
        return next((one for one in self.groups if name.lower() in (one.lower(), self.group_sid(one).lower())), None)

    def group_sid(self, group: str) -> str:
        if group in _BUILT_IN:
            return f"S-1-5-32-{_BUILT_IN[group]}"
        if group not in self._group_rids:
            self._group_rids[group] = self.next_rid()
        return f"{self.machine_sid}-{self._group_rids[group]}"

    def remove_group(self, group: str) -> None:
        """Remove a group; its members are in it no longer."""
        del self.groups[group]
        self._group_rids.pop(group, None)
        for user in self._users.values():
            user.groups = [one for one in user.groups if one != group]

    def check(self, name: str, password: str) -> bool:
        user = self.get(name)
        return user is not None and user.enabled and hmac.compare_digest(user.password.encode(), password.encode())

    def ntlm_store(self) -> str:
        """The credential store lines of pyspnego: DOMAIN:user:password."""
        domains = ("", self.machine.upper(), ".", "WORKGROUP")
        lines = [f"{d}:{u.name}:{u.password}" for u in self._users.values() if u.enabled for d in domains]
        return "\n".join(lines) + "\n"
