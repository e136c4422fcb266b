# SPDX-License-Identifier: Apache-2.0
"""Execution profiles: plain, which can do everything, and fast, for what it is proved to do alike. Pure."""

import re
from collections.abc import Iterable
from typing import Final

from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.inventory import BoundTarget
from opsconductor.domain.job_specs import JobSpec
from opsconductor.domain.templates import Catalogue
from opsconductor.execution.limits import limits_of
from opsconductor.settings import Settings

PLAIN: Final = "plain"
FAST: Final = "fast"
#: Ways to become another user that the fast profile knows.
_BECOME = frozenset({"sudo", "su"})
#: Variables of a target that the fast profile would leave unheeded.
_UNHEEDED = re.compile(r"ansible_(remote_tmp|async_dir|pipelining|ssh_pipelining|(?!python_)\w+_interpreter)")


def fast_target(target: BoundTarget) -> bool:
    """Whether a target can be worked on in the fast profile: reached over SSH, with a Python whose place is known or
    found as everywhere."""
    if target.kind is not ConnectionKind.SSH or target.platform is not Platform.LINUX:
        return False
    if target.become and target.become.method not in _BECOME:
        return False
    if target.variables.get("ansible_shell_type", "sh") != "sh":
        return False
    return not any(_UNHEEDED.fullmatch(name) for name in target.variables)


def plain_only(intents: Iterable[str], catalogue: Catalogue) -> str | None:
    """Why steps of these intents need the plain profile: the first template's reason; None where none does."""
    found = (catalogue.get(intent) for intent in intents)
    return next((template.plain_only for template in found if template and template.plain_only), None)


def why_plain(spec: JobSpec, settings: Settings) -> str | None:
    """Why a job has no fast lane although the profile is on; None where that is left to its targets and templates."""
    if limits_of(spec.options, settings).target is not None:
        return "only the plain profile cuts off a target that takes too long"
    if settings.transfer_rate and any(step.size for step in spec.shape.steps):
        return "only the plain profile keeps to TRANSFER_RATE"
    return None


def profile_of(lane: str) -> str:
    """The profile that a lane names."""
    return lane.split("/")[1]
