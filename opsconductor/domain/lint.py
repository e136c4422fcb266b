# SPDX-License-Identifier: Apache-2.0
"""What ansible-lint and ansible-playbook --syntax-check said of a rendered playbook."""

from enum import StrEnum

from pydantic import Field

from opsconductor.domain.base import Frozen


class LintStatus(StrEnum):
    """Where the verdict stands; approval and run require green."""

    PENDING = "pending"
    GREEN = "green"
    RED = "red"


class LintVerdict(Frozen):
    """A verdict about exactly one commit."""

    status: LintStatus = LintStatus.PENDING
    findings: tuple[str, ...] = ()  #: "playbook.yml:12 rule: message"
    seconds: float | None = None
    tools: dict[str, str] = Field(default_factory=dict)  #: name → version
