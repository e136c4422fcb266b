# SPDX-License-Identifier: Apache-2.0
"""What holds for whatever is typed: an outcome in bounded time, known machines only, no value that nobody gave."""

import contextlib
import re
import time
from itertools import islice

import pytest

from opsconductor.domain.estate import Estate
from opsconductor.domain.plans import Origin, Outcome, Plan, Step
from opsconductor.domain.templates import ParameterType, Template
from opsconductor.errors import OpsConductorError
from planner.asked_jobs import work_of
from planner.guard import LONGEST
from planner.planner import Planner
from tests.unit.planner.babble import requests
from tests.unit.planner.conftest import NOW

#: Seconds of this process that reading may take: far more than the goal of 250 ms, for a machine that does other work
#: too; what grows with the square of the length takes longer still.
PATIENCE = 3.0
_WORD = re.compile(r"[a-z]+")
SAMPLE, SOAK, SLICES = 600, 100_000, 20
#: Types whose values are the words themselves; others are computed from them (seconds, sizes, times).
_VERBATIM = frozenset(
    {
        ParameterType.SERVICE, ParameterType.PROCESS, ParameterType.PACKAGE, ParameterType.VERSION, ParameterType.PATH,
        ParameterType.FILE, ParameterType.HOST, ParameterType.USER, ParameterType.GROUP, ParameterType.NAME,
        ParameterType.SCRIPT, ParameterType.URL, ParameterType.REPOSITORY, ParameterType.ADDRESS, ParameterType.GLOB,
        ParameterType.REGISTRY_KEY, ParameterType.DEVICE, ParameterType.TEXT, ParameterType.PHRASE, ParameterType.WORDS,
    }
)  # fmt: skip


def bare(text: str) -> str:
    """A text without blanks and case."""
    return "".join(text.split()).casefold()


def check(text: str, planner: Planner, estate: Estate) -> Plan:
    """Read a text, and everything that holds for the plan of any text."""
    began = time.process_time()
    plan = planner.propose(text, estate, NOW, plan_id="p")
    assert time.process_time() - began < PATIENCE, f"{text!r} took too long"
    names = {asset.name for asset in estate.assets}
    selector = plan.targets.selector
    assert set(plan.targets.names) <= names
    assert set(selector.hosts) <= names
    assert set(selector.groups) <= {group.name for group in estate.groups}
    assert (plan.outcome is Outcome.REFUSE) == (plan.refusal is not None)
    if plan.refusal is not None:
        assert plan.refusal.text
        assert not plan.steps
    if plan.outcome is Outcome.CLARIFY:
        assert plan.questions
    assert all(question.text.strip() for question in plan.questions)
    if plan.outcome in (Outcome.PLAN, Outcome.QUERY):
        assert plan.steps
    for item in plan.evidence:
        if item.start is not None:
            assert item.text == plan.text[item.start : item.end]
    for at, step in enumerate(plan.steps):
        assert set(step.hosts or ()) <= set(plan.targets.names) or plan.questions
        check_values(at, step, plan, planner)
    assert Plan.model_validate_json(plan.model_dump_json()) == plan
    return plan


def check_values(at: int, step: Step, plan: Plan, planner: Planner) -> None:
    """Every value of a user's step has its source, and what is said to be from the request stands in it; what jobs
    did stands there as a form of the verb."""
    template, vocabulary = planner.catalogue.get(step.intent), planner.vocabulary
    assert template is not None
    if step.origin is Origin.POLICY:
        return
    sources = {item.path: item for item in plan.evidence}
    for name, value in step.params.items():
        item = sources[f"steps[{at}].params.{name}"]
        if item.source not in ("request", "repair") or is_implied(template, name, value):
            continue
        if template.parameters[name].type in _VERBATIM:
            words = _WORD.findall(plan.text.casefold())
            for part in value if isinstance(value, list) else [value]:
                said = bare(str(part)) in bare(plan.text)
                said = said or bare(re.sub(r"[\\/]\*$", "", str(part))) in bare(plan.text)  # all in a folder
                said = said or (name == "work" and any(work_of(w, vocabulary) == part for w in words))
                assert said, (plan.text, step.intent, name, value)


def is_implied(template: Template, name: str, value: object) -> bool:
    """Whether saying it that way means the value: "mute" sets what "set the volume to" asks for."""
    return any(pattern.sets.get(name) == value for pattern in template.grammar.patterns)


def check_many(seed: int, count: int, planner: Planner, estate: Estate) -> None:
    """That many seeded requests; each that is not clear is answered with the next ones' texts."""
    answer = "x"
    for number, text in enumerate(islice(requests(seed, planner.catalogue), count)):
        plan = check(text, planner, estate)
        if number % 100 == 99:
            check((text + " ") * (100_000 // (len(text) + 1)), planner, estate)
        for question in plan.questions[:1]:
            # An answer may be wrong, which is said.
            with contextlib.suppress(OpsConductorError):
                planner.answer(plan, {question.id: answer[:60]}, estate, NOW, plan_id="q")
        answer = text


def test_whatever_is_typed_gets_an_outcome_that_holds(planner: Planner, estate: Estate) -> None:
    check_many(20261123, SAMPLE, planner, estate)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(SLICES))
def test_a_hundred_thousand_texts(part: int, planner: Planner, estate: Estate) -> None:
    check_many(part, SOAK // SLICES, planner, estate)


_LONG = {
    "articles": "A " * 1990 + "Time",
    "a path of blanks": "C:\\" + "a " * 1990,
    "a list": "add user " + "a and " * 118,
    "clauses": "copy a to b and " * 249,
    "ranges": "restart nginx on " + " ".join(f"s{i}-1..999" for i in range(300)),
    "one range": "restart nginx on web-1..99999999",
    "wildcards": "restart nginx on " + "s*" * 1900,
    "hyphens": "restart nginx on " + "shop-01-" * 480,
    "conditions": "restart nginx on shop-01 " + "if nginx is running and " * 160,
    "options": "restart nginx on shop-01 " + "in batches of 5 with a pause of 10s " * 110,
    "times": "every day at 3am " * 230,
    "it": "stop nginx, " + "start it, " * 390,
    "numbers": " ".join(f"{i}. stop a{i}" for i in range(270)),
    "quotes": "'\"" * 1990,
    "quotes in quotes": "'a\"b' " * 600,
    "brackets": "[" * 3990,
    "cron": "* " * 1990,
    "colons": "http://" + "a:" * 1900,
    "secrets": "set password of " * 240,
    "tell me": "show " * 780 + "password",
    "exceptions": "restart nginx on all servers " + "except " * 500,
    "unknown names": "restart nginx on " + "foo bar baz " * 320,
    "accents": "a" + "\u0301" * 3990,
    "one word": "x" * 3999,
    "digits": "1" * 3999,
    "signs": "@" * 3999,
    "puzzles": "power off the machines of group 'Labs'; enable the repo crb, then port 21/tcp must be blocked with "
    * 37,
    "lines": "stop nginx\n" * 360,
    "orders that are not understood": (
        "on all servers, -y. verify that the https cerificate is valid for 30 days before the time zone "
        "should be UTC or " * 34
    ),
}


@pytest.mark.parametrize("text", _LONG.values(), ids=_LONG)
def test_long_requests_end_soon(text: str, planner: Planner, estate: Estate) -> None:
    assert len(text) <= LONGEST
    check(text, planner, estate)


@pytest.mark.parametrize(
    "piece",
    ["stop nginx ", "'", "a", "[", "password ", "set password of ", "http://a:", "-----BEGIN ", "token is ",
     "\u202e", "\x00", "😀", "a, ", "if ", "web-1..99 ", "\\", "/a", "{{", "set "],
)  # fmt: skip
def test_a_hundred_kilobytes_are_refused_at_once_and_clearly(piece: str, planner: Planner, estate: Estate) -> None:
    plan = check((piece * 100_000)[:100_000] + "a", planner, estate)

    assert plan.refusal is not None
    assert str(LONGEST) in plan.refusal.text
    assert len(plan.text) <= LONGEST


def test_a_range_that_runs_backwards_is_asked_about(planner: Planner, estate: Estate) -> None:
    for words in ("shop-04..shop-01", "all shop-[04:01]", "all of shop-04..01"):
        plan = planner.propose(f"restart nginx on {words}", estate, NOW, plan_id="p")

        assert plan.outcome is Outcome.CLARIFY
        assert not plan.targets.names


def test_two_words_that_do_not_stand_together_are_no_name(planner: Planner, estate: Estate) -> None:
    plan = check("show the version of openssl on all Windows Server 20}19 machines", planner, estate)

    assert plan.outcome is Outcome.CLARIFY


def test_how_often_may_be_said_without_a_blank(planner: Planner, estate: Estate) -> None:
    plan = planner.propose("restart nginx on shop-01 THREETIMES a day at 6am, 2pm and 10pm", estate, NOW, plan_id="p")

    assert plan.options.schedule == {"cron": "0 6,14,22 * * *"}


def test_systems_without_a_word_before_them_end(planner: Planner, estate: Estate) -> None:
    check("restart nginx but Linux nginx before Windows and on labs", planner, estate)
    check(
        "Linux but Linux Set-Service while Processing, and 45 ping on servers before Windows and on it", planner, estate
    )
    check("but Linux stop cups and Windows, or in labs Data", planner, estate)


def test_a_mistyped_word_is_no_value(planner: Planner, estate: Estate) -> None:
    for text in ("show the last jobs on shop-01 that were acting", "which jobs on shop-01 were restrated yesterday"):
        plan = planner.propose(text, estate, NOW, plan_id="p")

        assert all("work" not in step.params for step in plan.steps)
