# SPDX-License-Identifier: Apache-2.0
"""Requests that were misread, as their actors said, and what they teach."""

from datetime import datetime
from typing import Any

from opsconductor.domain.base import Frozen


class Miss(Frozen):
    """One misread request."""

    id: str
    plan_id: str  #: the plan that was not meant
    meant: str | None = None  #: the correction in the actor's words, literal secrets masked
    meant_plan_id: str | None = None  #: the plan of the correction
    actor: str
    created_at: datetime


class MissExample(Frozen):
    """A phrase for the `examples` of a template: the words of a clause, without machines and options."""

    intent: str
    text: str
    params: dict[str, Any]  #: those whose words stand in the text
    wording: str  #: "said": of the misread request; "meant": of the correction
    #: Parameters of the corrected step that the words do not hold; no example can ask for them.
    not_in_words: tuple[str, ...] = ()
    read_rightly: bool = False  #: by the catalogue as it is now
    why: str = ""  #: what the catalogue makes of it, where that is something else


class MissReport(Frozen):
    """A miss with both readings and the examples that follow from them."""

    miss: Miss
    said: str
    misread_as: tuple[str, ...]  #: intents of the plan that was not meant
    outcome: str  #: of that plan
    meant_as: tuple[str, ...] = ()  #: intents of the corrected plan
    examples: tuple[MissExample, ...] = ()
