# SPDX-License-Identifier: Apache-2.0
"""What a plan says of files on shares: a login over WinRM is good for the machine itself, not for a third one."""

import re
from collections.abc import Iterator

from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.inventory import BoundTarget, InventorySnapshot
from opsconductor.domain.plans import Plan
from opsconductor.domain.templates import Catalogue, ParameterType

_SHARE = re.compile(r"[\\/]{2}[^\\/]+[\\/]")
_REMOTE = frozenset({ConnectionKind.WINRM, ConnectionKind.PSRP})
_NAMED = 5


def double_hops(plan: Plan, catalogue: Catalogue, snapshot: InventorySnapshot) -> tuple[str, ...]:
    """A sentence for each step that reaches for a share from targets whose login is not handed on."""
    return tuple(_sentences(plan, catalogue, snapshot))


def _sentences(plan: Plan, catalogue: Catalogue, snapshot: InventorySnapshot) -> Iterator[str]:
    for number, step in enumerate(plan.steps, start=1):
        template = catalogue.get(step.intent)
        paths = [
            value
            for name, value in step.params.items()
            if template and name in template.parameters and template.parameters[name].type is ParameterType.PATH
        ]
        shares = [path for path in paths if isinstance(path, str) and _SHARE.match(path)]
        stuck = [t.name for t in snapshot.targets if (step.hosts is None or t.name in step.hosts) and _stuck(t)]
        if shares and stuck:
            some = ", ".join(stuck[:_NAMED]) + (f" and {len(stuck) - _NAMED} more" if len(stuck) > _NAMED else "")
            yield (
                f"Step {number} reaches for {shares[0]}, which another machine shares. The login to {some} goes over "
                "WinRM and is not handed on there (double hop): the share must admit the accounts of these machines, "
                "or their connection needs become=runas with a credential"
            )


def _stuck(target: BoundTarget) -> bool:
    """Whether the login has no password on the target: NTLM, Basic and certificates leave none there, runas does."""
    if target.platform is not Platform.WINDOWS or target.kind not in _REMOTE:
        return False
    return target.become is None or target.become.method != "runas" or target.become.credential is None
