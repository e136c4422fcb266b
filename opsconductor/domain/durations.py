# SPDX-License-Identifier: Apache-2.0
"""How long parts of jobs took: what estimates of later jobs rest on."""

from datetime import datetime
from enum import StrEnum

from opsconductor.domain.base import Frozen


class Part(StrEnum):
    """The part of a job that took its time."""

    CELL = "cell"  #: one step on one target, waiting for other targets left out
    DRAG = "drag"  #: a step in a slice, beyond what its slowest target needed: handing out tasks, waiting for others
    BEGIN = "begin"  #: from the claim of a slice to its first task
    FINISH = "finish"  #: from the last task of a slice to its end


class Duration(Frozen):
    """One measured part of a job."""

    part: Part
    intent: str = ""  #: of the step; empty for a slice's begin and finish
    play: str  #: platform, or telnet
    target: str = ""  #: name; empty where it is about a slice
    #: What the time grows with: bytes of the payload for a cell, targets for the others.
    size: int = 0
    seconds: float
    job_id: str
    step: int = 0  #: 1-based; 0 where it is about a slice
    at: datetime  #: when it was over
