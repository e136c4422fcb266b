# SPDX-License-Identifier: Apache-2.0
"""What trying a connection showed, and which SSH host keys a machine offers."""

from enum import StrEnum

from opsconductor.domain.assets import ConnectionKind, HostKey
from opsconductor.domain.base import Frozen


class Verdict(StrEnum):
    """The outcome of one stage of a check."""

    OK = "ok"
    FAILED = "failed"
    NOT_TRIED = "not_tried"  #: an earlier stage failed
    NONE = "none"  #: this connection has no such stage


class CheckResult(Frozen):
    """One connection of one asset, tried the way a job would use it."""

    asset: str
    connection: str  #: id; "" where the asset has none
    kind: ConnectionKind | None = None
    address: str = ""
    port: int = 0
    credential: str | None = None
    reachable: Verdict = Verdict.NOT_TRIED
    host_key: Verdict = Verdict.NONE
    login: Verdict = Verdict.NOT_TRIED
    become: Verdict = Verdict.NONE
    message: str = ""  #: what was found, one or two sentences
    remedy: str | None = None  #: what to do; several lines where it is a procedure
    system: str | None = None  #: operating system and version, where it was learned just now and recorded
    interpreter: str | None = None  #: path of its Python, where it was learned just now and recorded
    warning: str | None = None  #: what is dangerous about this connection even where it works

    @property
    def good(self) -> bool:
        """No stage failed and none was left out."""
        stages = (self.reachable, self.host_key, self.login, self.become)
        return not {Verdict.FAILED, Verdict.NOT_TRIED} & set(stages)


class KeyState(StrEnum):
    """How the offered host keys compare with the recorded ones."""

    NEW = "new"  #: none is recorded
    SAME = "same"  #: every offered key is recorded
    MORE = "more"  #: recorded ones are offered, and further types with them
    CHANGED = "changed"  #: a recorded key is not what the machine offers: a new machine, or somebody in between
    UNREACHABLE = "unreachable"
    NONE = "none"  #: no ssh connection


class OfferedKeys(Frozen):
    """The SSH host keys a machine offers, unverified until somebody compares them."""

    asset: str
    address: str = ""
    port: int = 0
    state: KeyState
    offered: tuple[HostKey, ...] = ()
    recorded: tuple[HostKey, ...] = ()
    message: str = ""
