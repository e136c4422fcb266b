# SPDX-License-Identifier: Apache-2.0
"""What templates come close to and do not do: said as such, with what they do, and never taken for that."""

from opsconductor.domain.templates import Catalogue
from planner.tokens import Token

#: How a service may start apart from "by itself" and "not at all".
_START_TYPES = frozenset({"manual", "manually", "on-demand", "demand", "delayed", "delayed-auto", "delayed-start"})
_STARTING = frozenset(
    {"start", "starts", "starting", "startup", "start-up", "startuptype", "starttype", "set-service", "sc", "autostart"}
)
_SETTING = frozenset({"set", "change", "switch", "put", "configure", "turn", "make"})
_BY_HAND = frozenset({"start", "starts", "restart", "launch", "run"})
_HERE = frozenset({"logged", "logged-in", "logged-on", "login", "signed"})
_PEOPLE = frozenset(
    {"who", "who's", "whos", "users", "user", "anyone", "anybody", "someone", "accounts", "people", "when"}
)
_ADMINS = frozenset({"admin", "admins", "administrator", "administrators", "sudoers", "sudo"})
_LISTED = frozenset(
    {"list", "show", "who", "who's", "which", "what", "get", "display", "find", "see", "check", "count", "how", "all"}
)


def shortfall(tokens: tuple[Token, ...], catalogue: Catalogue) -> str | None:
    """What to say about a clause that asks for what no template does, though one is near."""
    words = [t.fixed for t in tokens if not t.is_literal]
    said = set(words)
    if catalogue.get("service.disable") and _is_start_type(words, said):
        return (
            "Neither service.enable (it starts with the machine: automatic) nor service.disable (it does not start at "
            "all: disabled) sets a service to manual, on-demand or delayed start. Say 'automatic' or 'disabled' if "
            "that is meant, or set it with a command: run 'sc config NAME start= demand'."
        )
    if catalogue.get("user.check") is None:
        return None
    if said & _HERE and said & _PEOPLE:
        return (
            "No template tells who is logged in; user.check lists the accounts that there are. Say 'list the users' if "
            "that is meant, or ask with a command: run 'quser' (Windows) or run 'who' (Linux)."
        )
    if said & _ADMINS and words[0] in _LISTED:
        return (
            "Administrators are the members of a group: say 'list the members of the Administrators group' (Windows), "
            "or the name of the group that it is there: the sudo group, the wheel group (Linux)."
        )
    return None


def _is_start_type(words: list[str], said: set[str]) -> bool:
    """Whether words set how a service starts; "start nginx manually" only says by whom."""
    if said.isdisjoint(_START_TYPES) or words[0] in _BY_HAND:
        return False
    if said & _STARTING:
        return True
    at = next(n for n, w in enumerate(words) if w in _START_TYPES)
    return bool(said & (_SETTING | {"should", "must", "shall"})) and words[at - 1] in {"to", "on", "be", "is"}
