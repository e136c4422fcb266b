# SPDX-License-Identifier: Apache-2.0
"""Approval of exactly one plan as committed."""

import hashlib
from datetime import datetime
from enum import StrEnum

from opsconductor.domain.base import Frozen


class Decision(StrEnum):
    """What an approver said."""

    APPROVED = "approved"
    REJECTED = "rejected"


class Approval(Frozen):
    """One decision about one approval subject."""

    id: str
    plan_id: str
    subject: str  #: see `approval_subject`
    decision: Decision
    actor: str
    comment: str | None = None
    created_at: datetime
    expires_at: datetime


def approval_subject(digest: str, commit: str) -> str:
    """SHA-256 (hex) over plan digest and commit id: what an approval is bound to."""
    return hashlib.sha256(f"{digest}{commit}".encode()).hexdigest()
