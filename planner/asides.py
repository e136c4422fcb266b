# SPDX-License-Identifier: Apache-2.0
"""Words behind a comma that only tell why: ", I changed a vhost", ", we are about to deploy"."""

from planner.words import TELLING, TOLD_OF, WISHING

_WHO = frozenset({"i", "we", "i've", "we've", "i'm", "we're", "they've", "someone", "somebody"})
#: What was done to something else, so that the order follows from it.
_DONE = frozenset(
    [
        "changed", "edited", "modified", "updated", "fixed", "adjusted", "tweaked", "replaced", "renewed", "rotated",
        "uploaded", "deployed", "released", "rolled", "merged", "migrated", "tuned", "corrected", "refreshed",
        "published", "pushed", "reconfigured", "touched",
    ]
)  # fmt: skip
#: What is about to be done by people.
_DOING = frozenset(
    [
        "deploy", "release", "migrate", "start", "begin", "go", "test", "roll", "ship", "publish", "present",
        "deploying", "releasing", "migrating", "testing", "starting", "debugging", "investigating", "troubleshooting",
        "presenting",
    ]
)  # fmt: skip
_ADVERBS = frozenset({"just", "also", "recently", "finally", "currently", "now", "have", "had", "only"})
_SOON = (("are", "about", "to"), ("are", "going", "to"), ("about", "to"), ("going", "to"), ("am", "about", "to"))
#: What may take back or narrow the order, or say another one.
_BINDING = frozenset(
    [
        "mind", "not", "no", "but", "except", "only", "already", "instead", "if", "unless", "until", "before", "after",
        "so", "please", "and", "then", "when", "while", "it", "them", "need", "want", "should", "must", "same",
    ]
)  # fmt: skip


def tells_why(said: list[str]) -> bool:
    """Whether some words only tell of somebody, of what was changed, or of what is about to happen."""
    if len(said) < 2:
        return False
    if said[0] in TOLD_OF and said[1] in TELLING and WISHING.isdisjoint(said):
        return True
    if said[0] not in _WHO:
        return False
    rest = said[1:]
    while rest and rest[0] in _ADVERBS:
        rest = rest[1:]
    if not _BINDING.isdisjoint(rest):
        return False
    if rest[:1] and rest[0] in _DONE and said[0] not in {"i'm", "we're"}:
        return True
    soon = next((words for words in _SOON if tuple(rest[: len(words)]) == words), ())
    progress = rest[1:] if not soon and rest[:1] in (["are"], ["am"]) else rest[len(soon) :]
    return (
        (bool(soon) or len(progress) < len(rest) or said[0] in {"i'm", "we're"})
        and progress[:1] != []
        and (progress[0] in _DOING)
    )
