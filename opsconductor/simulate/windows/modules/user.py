# SPDX-License-Identifier: Apache-2.0
"""win_user, win_group, win_group_membership."""

from __future__ import annotations

from typing import Any

from opsconductor.simulate.windows.account import User
from opsconductor.simulate.windows.failure import ModuleFailed
from opsconductor.simulate.windows.modules.run import Run, module


def _view(run: Run, user: User) -> dict[str, Any]:
    return {
        "name": user.name,
        "fullname": user.full_name,
        "description": user.description,
        "path": f"WinNT://WORKGROUP/{run.host.name.upper()}/{user.name}",
        "password_expired": False,
        "password_never_expires": False,
        "user_cannot_change_password": False,
        "account_disabled": not user.enabled,
        "account_locked": False,
        "sid": run.host.accounts.sid(user),
        "groups": [{"name": name, "path": f"WinNT://WORKGROUP/{run.host.name.upper()}/{name}"} for name in user.groups],
    }


def _groups(run: Run, user: User, given: list[str], action: str) -> list[str]:
    named = [run.host.accounts.group(name) or _no_group(name) for name in given if name.strip()]
    match action:
        case "add":
            return user.groups + [name for name in named if name not in user.groups]
        case "remove":
            return [name for name in user.groups if name not in named]
    return named


def _no_group(name: str) -> str:
    raise ModuleFailed(f"group '{name}' not found")


def _update(run: Run, user: User, *, created: bool) -> bool:
    """Applies the arguments. Returns whether something differs."""
    arguments = run.arguments
    wanted: dict[str, Any] = {}
    for option, attribute in (("fullname", "full_name"), ("description", "description")):
        if arguments.given(option):
            wanted[attribute] = arguments.text(option)
    if arguments.given("account_disabled"):
        wanted["enabled"] = not arguments.flag("account_disabled")
    named = arguments.items("groups")
    if named is not None:
        wanted["groups"] = _groups(run, user, [str(one) for one in named], arguments.text("groups_action") or "replace")
    if arguments.given("password") and (created or arguments.text("update_password") != "on_create"):
        wanted["password"] = arguments.text("password")
    # Windows does not let a disabled user log on, so the module cannot tell whether the password is the same.
    blind = not user.enabled and not created and "password" in wanted
    changed = {name: value for name, value in wanted.items() if getattr(user, name) != value}
    if not run.check_mode:
        for name, value in changed.items():
            setattr(user, name, value)
    return bool(changed) or blind


@module(
    "win_user",
    "name fullname password state groups groups_action description account_disabled password_expired "
    "password_never_expires user_cannot_change_password update_password",
)
async def win_user(run: Run) -> dict[str, Any]:
    name, accounts = run.arguments.required("name"), run.host.accounts
    user = accounts.get(name)
    match run.arguments.choice("state", ("absent", "present", "query"), "present"):
        case "query":
            found = _view(run, user) if user else {"name": name}
            return {"state": "present" if user else "absent", "msg": f"Querying user '{name}'", **found}
        case "absent":
            if user is None:
                return {"state": "absent", "name": name, "msg": f"User '{name}' was not found"}
            if not run.check_mode:
                accounts.remove(user)
            return {"changed": True, "state": "absent", "name": name, "msg": f"User '{name}' deleted successfully"}
    created = user is None
    if user is None:
        user = User(name, "", rid=accounts.next_rid())
    changed = _update(run, user, created=created) or created
    if created and not run.check_mode:
        accounts.add(user)
    return {**_view(run, user), "changed": changed, "state": "present"}


@module("win_group", "name description state")
async def win_group(run: Run) -> dict[str, Any]:
    accounts, text = run.host.accounts, run.arguments.text("description")
    asked = run.arguments.required("name")
    name = next((one for one in accounts.groups if one.lower() == asked.lower()), None)
    if run.arguments.choice("state", ("absent", "present"), "present") == "absent":
        if name is not None and not run.check_mode:
            if accounts.group_sid(name).startswith("S-1-5-32-"):
                reason = "Cannot perform this operation on built-in accounts."
                raise ModuleFailed(f'Exception calling "Delete" with "2" argument(s): "{reason}"')
            accounts.remove_group(name)
        return {"changed": name is not None, "sid": None}
    changed = name is None or (text is not None and accounts.groups[name] != text)
    if changed and not run.check_mode:
        name = name or asked
        accounts.groups[name] = text or accounts.groups.get(name, "")
    return {"changed": changed, "sid": accounts.group_sid(name) if name else "S-1-5-0000"}


@module("win_group_membership", "name members state", invocation=False)
async def win_group_membership(run: Run) -> dict[str, Any]:
    asked, accounts = run.arguments.required("name"), run.host.accounts
    name = accounts.group(asked)
    if name is None:
        raise ModuleFailed(f"Could not find local group {asked}", name=asked)
    named = []
    for member in run.arguments.items("members") or []:
        user = accounts.get(str(member))
        if user is None:
            raise ModuleFailed(f"account_name {member} is not a valid account, cannot get SID", name=name)
        named.append(user)
    state = run.arguments.choice("state", ("absent", "present", "pure"), "present")
    members = [user for user in accounts if name in user.groups]
    added = [user for user in named if user not in members] if state != "absent" else []
    removed = [user for user in named if user in members] if state == "absent" else []
    if state == "pure":
        removed = [user for user in members if user not in named]
    if not run.check_mode:
        for user in added:
            user.groups = [*user.groups, name]
        for user in removed:
            user.groups = [group for group in user.groups if group != name]
    final = [user for user in [*members, *added] if user not in removed]

    def shown(users: list[User]) -> list[str]:
        return [f"{run.host.name.upper()}\\{user.name}" for user in users]

    result: dict[str, Any] = {"name": name, "members": shown(final), "changed": bool(added or removed)}
    if state != "absent":
        result["added"] = shown(added)
    if state != "present":
        result["removed"] = shown(removed)
    return result
