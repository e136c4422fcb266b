# SPDX-License-Identifier: Apache-2.0
"""The age of what is deleted: asked for where neither a number nor the words for tidying up say one."""

import re

from opsconductor.domain.plans import Question
from planner.drafting import DraftStep

#: Tidying up leaves what is new: the template's own age counts. Not where it is a part of a path.
_TIDYING = re.compile(r"(?<![\w/\\.-])(?:clean|tid[yi]|prun|free|reclaim|recover)")


def ask_age(step: DraftStep, text: str) -> Question | None:
    """The question which files shall go; None where the words say it."""
    said = text[slice(*step.span)].casefold()
    if step.template.id != "file.cleanup" or "age" in step.params or "temporary" in step.params:
        return None
    if _TIDYING.search(said):
        return None
    path = step.params.get("path", "the folder")
    return Question(
        id="request",
        text=f"Which files shall be deleted? Say their age, as in 'delete files older than 30 days in {path}', or all "
        f"of them: 'delete all files in {path}'.",
    )
