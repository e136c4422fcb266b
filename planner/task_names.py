# SPDX-License-Identifier: Apache-2.0
"""What the name of a playbook's task says, as requests that the planner reads.

A task's name is no order: it names no machines, tells reasons ("to apply the change"), stands behind decoration
("Debian - "), and calls things what people call them ("Google Chrome", "sources.list"). Requests of operators are
read as strictly as ever: all of this is undone here, before the planner reads.
"""

import re
from collections.abc import Iterator

from planner.task_heads import SOMEWHERE, head_request
from planner.task_kinds import features_of, kinds_of, sure_kinds_of
from planner.task_stand_ins import TaskReading, with_stand_ins
from planner.task_words import ADJECTIVES, CUTS, LATER, SYSTEMS, TAILS

#: Characters of the longest name that is read.
_LONGEST = 300
#: Ends at which a name is cut at most.
_MOST_CUTS = 5
_SYSTEM = re.compile(
    rf"(?i)^(?:\[[^\]]*\]|(?:{SYSTEMS})\b(?:[ /,&+]+(?:(?:{SYSTEMS}|and|or|family|based|server|hat)\b|[\d.x]+))*)"
    r"\s*[-:|\u2013>]+\s*"
)
_NUMBER = re.compile(r"^(?:(?:step|task|cis)\s+)?[\d.]+[.):]?\s+(?:[|:-]\s+)?", re.IGNORECASE)
_ENSURED = re.compile(r"(?i)^(?:assures?|ensures|guarantees?|ensure that|be sure that|make sure that|make sure)\s+")
_DONE = re.compile(r"(?i)^ensure\s+(?:to\s+)?(?=(?:install|start|stop|enable|disable|create|remove|add|copy)\s)")
_LOOKING = re.compile(
    r"(?i)^(?:check|verify|test|see|confirm|wait|pause|get|find out)\b"
    r"(?!.*\s(?:so that|needed|required) (?:to|for|by)\b)"
)
_LABEL = re.compile(r"^(?!https?:)[\w ./&()-]{1,50}?(?:\s+[-\u2013]|:)\s+(?=\S)")


def task_readings(name: str) -> Iterator[tuple[TaskReading, ...]]:
    """The requests a name may stand for, in tiers: all that it says, the main part of it, and its sort of work alone.

    Within a tier the likeliest comes first. Nothing but the last tier is a guess.
    """
    name = re.sub(r"\s+", " ", name[:_LONGEST]).strip()
    bases = tuple(dict.fromkeys(text for text in _undecorated(name) if text))
    whole = [reading for base in bases for reading in _whole(base)]
    yield _distinct(whole)
    short = [short for base in reversed(bases) for reading in with_stand_ins(base) for short in _short(reading)]
    yield _distinct([*short, *(TaskReading(base) for base in bases)])
    heads = (head_request(_without_articles(base)) for base in reversed(bases))
    yield _distinct(TaskReading(request, {SOMEWHERE: None}) for request in heads if request)


def _undecorated(name: str) -> Iterator[str]:
    """A task's name, and what it says without decoration: "ssh | restart", "5.1.2 | chmod 0700 /srv",
    "Debian - install nginx", "shell: ls /srv", "Start cron (needed later)"."""
    name = _DONE.sub("", _ENSURED.sub("ensure ", name))
    if " " not in name and (parts := re.match(r"([A-Za-z]+)[-_](\w.*)", name)):
        yield f"{parts[1]} {parts[2]}"  # "install-iis"
    yield name
    plain = _NUMBER.sub("", name)
    if " | " in plain:
        first, rest = plain.split(" | ", 1)
        if re.fullmatch(r"[A-Z]\w+ .+", first) and re.fullmatch(r"[\w.@$-]+(?: \w+)?", rest):
            yield f"{first.split()[0]} {rest}"  # "Restart ssh daemon | sshd": what is told in words, and its name
        yield from (rest, plain.replace(" | ", " "))
        plain = rest.rsplit(" | ", 1)[-1]
    plain = _SYSTEM.sub("", plain)
    yield plain
    yield re.sub(r"^(\w+):\s+", r"\1 ", plain)
    plain = _LABEL.sub("", plain)
    yield plain
    yield re.sub(r"\s*\([^()]*\)|[.!]+$|^\w+/(?=\w)", "", plain).strip()


def _whole(text: str) -> Iterator[TaskReading]:
    """A text as its kinds say it, as it is with stand-ins for names of its own, and without its reason."""
    yield from features_of(text)
    for reading in with_stand_ins(text):
        plain = reading.saying(_main(reading.text))
        yield from (reading.holding(kind) for kind in sure_kinds_of(plain.text))
        yield from (plain, reading) if LATER.search(reading.text, len(plain.text)) else (reading, plain)
        yield from (reading.holding(kind) for one in (reading, plain) for kind in kinds_of(one.text))


def _short(reading: TaskReading) -> Iterator[TaskReading]:
    """A reading without what qualifies it, and cut where it tells more than its main part."""
    text = _main(reading.text)
    for cut in (text, *(text[: found.start()] for found in [*CUTS.finditer(text)][: -_MOST_CUTS - 1 : -1])):
        for plain in (cut, ADJECTIVES.sub(" ", cut)):
            if " " in (short := re.sub(r"\s+", " ", plain).strip(" .,:;-")):
                yield reading.saying(short)


def _main(text: str) -> str:
    """A text without its reason and its condition; what is looked at or waited for is neither."""
    return text if _LOOKING.match(text) else TAILS.sub("", text)


def _without_articles(text: str) -> str:
    return re.sub(r"(?i)\b(?:the|a|an)\s+", "", text)


def _distinct(readings: Iterator[TaskReading] | list[TaskReading]) -> tuple[TaskReading, ...]:
    found: dict[str, TaskReading] = {}
    for reading in readings:
        found.setdefault(reading.text, reading)
    return tuple(found.values())
