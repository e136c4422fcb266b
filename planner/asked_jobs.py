# SPDX-License-Identifier: Apache-2.0
"""Questions about jobs: what ran, where, when, by whom, about what, and what became of it."""

import re
from datetime import datetime

from opsconductor.domain.templates import Catalogue
from planner.asking import Asking, words_of
from planner.tokens import Kind
from planner.vocabulary import Vocabulary
from planner.words import NUMBERS, WORK_NOUNS

INTENT = "jobs.query"

_JOBS = words_of(
    """job jobs history execution executions activity activities operation operations run runs task tasks
    deployments rollouts changes"""
)
_STATUS = {
    **dict.fromkeys(("failed", "fail", "fails", "failing", "failure", "failures", "unsuccessful"), "failed"),
    **dict.fromkeys(("succeeded", "succeed", "successful", "success", "successfully"), "succeeded"),
    **dict.fromkeys(("running", "active", "ongoing"), "running"),
    **dict.fromkeys(("cancelled", "canceled", "cancel", "aborted"), "cancelled"),
    **dict.fromkeys(("queued", "pending", "waiting"), "queued"),
    **dict.fromkeys(("interrupted",), "interrupted"),
    **dict.fromkeys(("paused",), "paused"),
}
#: "Did it …?" asks how it ended and leaves none out.
_ENDED_WELL = words_of("succeed succeeded successful successfully success work worked finish finished go ok")
_YES_NO = frozenset({"did", "was", "were", "has", "have", "is", "are"})
_ANYTHING = frozenset({"anything", "something", "any", "some", "jobs", "runs"})
_DOING = words_of(
    """run ran running do did done happen happened happening execute executed perform performed made finished"""
)
#: Past forms that are enough by themselves, and helpers of the past.
_DID = frozenset({"ran", "happened", "executed", "performed"})
_PAST = frozenset({"did", "was", "were", "been", "done"})
#: What runs on machines without being a job.
_RUNNABLE = words_of("service services process processes program programs servers machines hosts")
_CHANGING = frozenset({"change", "changed", "changes", "modified", "altered", "touched"})
_NOUNS = {
    "deployment": "deploy", "installation": "install", "patching": "patch", "removal": "remove", "rollout": "deploy",
    "patches": "patch", "configuration": "configure",
}  # fmt: skip
_LATEST = frozenset({"last", "latest", "newest", "recent"})
_GLUE = words_of(
    """what which who whom whose when how much many what's that this there these those the a an all any every
    each some did do does done has have had having was were is are be been being we you they i it anyone
    anybody anything someone somebody something everything us me our my your please pls just now right
    currently already recently lately ever last latest newest recent most ago time times so far yet on in of
    at for from by to with via and or show list give display tell print get see find count report check look
    up let know went go going gone end ended well through finish finished completed complete work worked ok
    good fine out status statuses result results outcome outcomes state details info information successfully
    history overview summary nightly server servers host hosts machine machines number total names kind run
    ran running runs do doing execute executed perform performed happen happened happening made make place
    took take about involving concerning regarding using"""
)
_BEFORE_NAMES = words_of("about of for with involving concerning regarding using to")
_JOB_ID = re.compile(r"(?=[0-9a-f]*\d)[0-9a-f]{8,32}", re.IGNORECASE)
#: Words that keep a question from being one about jobs.
_OTHERS = frozenset({"scheduled", "cron", "logged", "listening"})


def ask_jobs(asking: Asking, catalogue: Catalogue, now: datetime) -> bool:
    """Explain a question about jobs as far as possible; whether it is one, with no word left over."""
    asking.look_for_periods(now)
    _people(asking)
    _job_ids(asking)
    asking.look_for_machines()
    _people(asking)
    _counts(asking)
    _statuses(asking)
    _works(asking, catalogue)
    cue = _is_about_jobs(asking)
    asking.skip(_JOBS)
    _things(asking)
    asking.skip(_GLUE)
    _object_nouns(asking)
    return cue and asking.whole


def _is_about_jobs(asking: Asking) -> bool:
    words = [asking.word(at) for at in range(len(asking.tokens))]
    said = set(words)
    if said & _OTHERS:
        return False
    first = next((w for w in words if w), "")
    if said & (_JOBS - {"run", "task", "tasks", "changes"}) or {"actor", "job"} & set(asking.params):
        return True
    if first == "have" and not said & {"we", "you", "they", "i", "any", "anyone", "been"}:
        return False  # "have web-01 rebooted" is an order
    if "running" in said and (
        (first == "is" and "anything" in said) or (first in {"what", "what's"} and _RUNNABLE.isdisjoint(said))
    ):
        return True
    filtered = bool({"work", "changes"} & set(asking.params))
    if first in {"what", "what's", "who", "when", "which", "did", "was", "were", "has", "have", "how"}:
        did = not said.isdisjoint(_PAST) and not said.isdisjoint(_DOING)
        had = not said.isdisjoint({"has", "have"}) and not said.isdisjoint(_DOING - {"do", "running", "finished"})
        past = filtered and not said.isdisjoint(_PAST | {"has", "have"})
        return (
            did or had or past or not said.isdisjoint(_DID) or (first in {"who", "what"} and filtered) or _fails(asking)
        )
    return first in _ANYTHING and _fails(asking)


def _fails(asking: Asking) -> bool:
    """ "Did anything fail?" """
    said = {asking.word(at) for at in range(len(asking.tokens))}
    return "status" in asking.params and not said.isdisjoint({"anything", "something", "runs"})


def _people(asking: Asking) -> None:
    for at in list(asking.open()):
        word, before = asking.word(at), asking.word(at - 1)
        if word in {"i", "me", "my"} and (before in {"did", "have", "by"} or word == "my"):
            asking.take([at], "actor", "me")
        elif not word or asking.tokens[at].kind is not Kind.WORD or not _nameable(asking, at):
            continue
        elif before == "by":
            asking.take([at - 1, at], "actor", asking.tokens[at].value)
        elif before in {"did", "has"} and asking.word(at + 1) in _DOING | _CHANGING | {"start"}:
            asking.take([at], "actor", asking.tokens[at].value)
        elif asking.word(at + 1) in {"'s", "'"} and not _JOBS.isdisjoint(asking.word(at + i) for i in range(2, 6)):
            asking.take([at, at + 1], "actor", asking.tokens[at].value)


def _nameable(asking: Asking, at: int) -> bool:
    """Whether a word may be a name: as it was typed, for a name is no typo."""
    word = asking.tokens[at].low
    return (
        word not in asking.vocabulary.reserved
        and word not in _GLUE
        and asking.index.host(asking.tokens[at].value) is None
    )


def _job_ids(asking: Asking) -> None:
    for at in asking.open():
        if asking.word(at - 1) in {"job", "number"} and _JOB_ID.fullmatch(asking.tokens[at].text):
            asking.take([at], "job", asking.tokens[at].text.casefold())
            return


def _counts(asking: Asking) -> None:
    """ "The last 5 jobs", "ten latest jobs", "the most recent job"."""
    for at in asking.open():
        token = asking.tokens[at]
        number = NUMBERS.get(asking.word(at)) or (
            int(token.text) if token.kind is Kind.NUMBER and token.text.isdecimal() and len(token.text) <= 6 else 0
        )
        near = [asking.word(i) for i in range(at - 2, at + 4)]
        if number and not _LATEST.isdisjoint(near) and not _JOBS.isdisjoint(near):
            asking.take([at], "number", number)
            return
    for at in asking.open():
        nouns = [asking.word(i) for i in range(at + 1, at + 3)]
        if asking.word(at) in _LATEST and "job" in nouns:
            asking.take([at], "number", 1)
            return


def _statuses(asking: Asking) -> None:
    words = [asking.word(at) for at in range(len(asking.tokens))]
    first = next((w for w in words if w), "")
    outcome = first in _YES_NO and _ANYTHING.isdisjoint(words)
    for at in list(asking.open()):
        word = asking.word(at)
        status = _STATUS.get(word)
        if status is None or (word in {"running", "active"} and asking.word(at - 1) in {"we", "you"}):
            continue
        ends_it = word in _ENDED_WELL or status in {"failed", "succeeded"}
        asking.take([at], *(() if outcome and ends_it else ("status", status)))


def _works(asking: Asking, catalogue: Catalogue) -> None:
    """What was done, as a verb of the templates that change something."""
    for at in list(asking.open()):
        word = asking.word(at)
        if word in _CHANGING:
            asking.take([at], "changes", True)
        elif word and word not in _GLUE | _JOBS:
            verb = work_of(word, asking.vocabulary)
            free = "work" not in asking.params and asking.word(at - 1) not in _BEFORE_NAMES - {"of", "to"}
            typed = asking.tokens[at].low == word  # a mended word may be meant otherwise
            if free and typed and verb in asking.vocabulary.verbs and intents_of(verb, catalogue):
                asking.take([at], "work", verb)


def work_of(word: str, vocabulary: Vocabulary) -> str:
    """The verb that a word of a question is a form or the noun of: "rollout" is "deploy"."""
    return _NOUNS.get(word) or vocabulary.lemma(word)


def intents_of(work: str, catalogue: Catalogue) -> frozenset[str]:
    """The templates that change something and are said with this verb."""
    said = work.casefold()
    return frozenset(
        t.id for t in catalogue if not t.read_only and any(v.casefold().split()[0] == said for v in t.grammar.verbs)
    )


def _things(asking: Asking) -> None:
    """The one thing that the jobs were about."""
    if "work" not in asking.params and not _speaks_of_jobs(asking):
        return
    for at in asking.open():
        token = asking.tokens[at]
        if token.kind in (Kind.PUNCTUATION, Kind.NUMBER):
            continue
        named = token.is_literal or (token.kind is Kind.WORD and _nameable(asking, at))
        if named and token.value:
            asking.take([at], "about", token.value)
            return


def _speaks_of_jobs(asking: Asking) -> bool:
    return any(asking.word(at) in _JOBS | _DOING for at in range(len(asking.tokens)))


def _object_nouns(asking: Asking) -> None:
    """ "The service nginx"; where nothing else is named, the kind of thing is what it was about."""
    for at in list(asking.open()):
        if asking.word(at) in WORK_NOUNS:
            asking.take([at], *(() if "about" in asking.params else ("about", asking.tokens[at].value)))
