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
    #: Until it expires for any number of jobs of exactly this plan that a schedule or a chain starts, and for one that
    #: somebody starts. Else for one.
    standing: bool = False
    created_at: datetime
    expires_at: datetime


def why_no_approval(intents: Iterable[str], catalogue: Catalogue, *, dry_run: bool = False) -> str | None:
    """Why steps of these intents run without an approval, those of policy included; None when they need one.

    A dry run changes nothing; what it reads for its own sake is read all the same.
    """
    templates = [catalogue.get(intent) for intent in intents]
    if not templates or not all(t is not None and (t.read_only or dry_run) for t in templates):
        return None
    if any(t.read_only and t.returns is not Returns.STATE for t in templates if t is not None):
        return None
    if all(t.read_only for t in templates if t is not None):
        return "every step only reads, and tells a state and no content"
    return "it is a dry run, which changes nothing"


def approval_subject(digest: str, commit: str) -> str:
    """SHA-256 (hex) over plan digest and commit id: what an approval is bound to."""
    return hashlib.sha256(f"{digest}{commit}".encode()).hexdigest()
