# SPDX-License-Identifier: Apache-2.0
"""What is kept of a job beside its events: large outputs, and what ansible-runner reported."""

from datetime import datetime
from enum import StrEnum

from opsconductor.domain.base import Frozen

#: Artifacts of jobs that ended more than so many days ago can be removed at most; dates do not go back for ever.
MOST_DAYS = 36_500


class ArtifactKind(StrEnum):
    """What an artifact holds."""

    OUTPUT = "output"  #: a text of an event that was too large for it, UTF-8
    EVENTS = "events"  #: a slice's events as ansible-runner reported them, without secrets: JSON lines, gzip


class Artifact(Frozen):
    """One of them. The bytes are in the blob store until `removed_at`; this entry stays for good."""

    id: str
    job_id: str
    slice_id: str | None = None
    kind: ArtifactKind
    #: Sequence number of the event the text belongs to, and where in its data: "stdout", "results/3/stderr".
    seq: int | None = None
    place: str | None = None
    step: int | None = None
    target: str | None = None
    sha256: str
    size: int  #: bytes
    created_at: datetime
    removed_at: datetime | None = None
    removed_by: str | None = None

    @property
    def file_name(self) -> str:
        """A name to save it under: letters, digits, dots and dashes."""
        if self.kind is ArtifactKind.EVENTS:
            return f"events-{self.id[-8:]}.jsonl.gz"
        place = (self.place or "output").replace("/", "-")
        told = f"step{self.step}-{self.target}-{place}-{self.id[-8:]}"
        return "".join(c if c.isascii() and (c.isalnum() or c in ".-") else "-" for c in told) + ".txt"


class Removal(Frozen):
    """What a removal of artifacts took away, or would."""

    jobs: int = 0
    artifacts: int = 0
    logs: int = 0  #: supervisors' logs
    size: int = 0  #: bytes that are free now
    kept: int = 0  #: artifacts that stay for now, because they came only lately or could not be removed
