# SPDX-License-Identifier: Apache-2.0
"""Approval of exactly one plan as committed."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from opsconductor.domain.base import Frozen
from opsconductor.domain.templates import Catalogue, Returns


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


def why_no_approval(intents: Iterable[str], catalogue: Catalogue) -> str | None:
    """Why steps of these intents run without an approval, those of policy included; None when they need one."""
    templates = [catalogue.get(intent) for intent in intents]
    if templates and all(t is not None and t.read_only and t.returns is Returns.STATE for t in templates):
        return "every step only reads, and tells a state and no content"
    return None


def approval_subject(digest: str, commit: str) -> str:
    """SHA-256 (hex) over plan digest and commit id: what an approval is bound to."""
    return hashlib.sha256(f"{digest}{commit}".encode()).hexdigest()
