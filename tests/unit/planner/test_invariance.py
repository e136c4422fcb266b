# SPDX-License-Identifier: Apache-2.0
"""How a request is dressed does not change what it means: case, politeness, quotes, order marks, processes."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from opsconductor.domain.plans import Origin, Outcome, Plan
from planner.planner import Planner
from planner.tokens import Kind, tokenize
from tests.unit.planner.conftest import NOW, Propose, load_cases, load_estate

_TASKS = [row["text"] for row in load_cases("tasks")]
_ONE_LINE = [text for text in _TASKS if "\n" not in text]


def meaning(plan: Plan) -> dict[str, Any]:
    """What a plan is to do, without the words it was said in."""
    return {
        "outcome": plan.outcome,
        "targets": plan.targets.names,
        "steps": [(s.intent, json.dumps(s.params).casefold(), s.when, s.hosts, s.origin) for s in plan.steps],
        "options": plan.options,
        "missing": plan.missing,
        "risk": plan.risk and plan.risk.level,
    }


def shouted(text: str, planner: Planner) -> str:
    """The text with the words of the vocabulary in capitals; names and literals as they are."""
    found = text
    for token in tokenize(text):
        if token.kind is Kind.WORD and token.low in planner.vocabulary.known and token.text.islower():
            found = found[: token.start] + token.text.upper() + found[token.end :]
    return found


def small(text: str) -> str:
    """The text as it goes on behind other words."""
    return text[:1].lower() + text[1:]


_DRESSED: dict[str, Callable[[str], str]] = {
    "capital": lambda text: text[:1].upper() + text[1:],
    "small": small,
    "please": lambda text: f"Please {small(text)}",
    "could you": lambda text: f"Could you {small(text)}",
    "could you please": lambda text: f"could you please {small(text)}",
    "thanks": lambda text: f"{text}, thanks",
    "a sentence of thanks": lambda text: f"{text}. Thanks!",
    "please at the end": lambda text: f"{text} please",
    "hi": lambda text: f"Hi, {small(text)}",
    "a full stop": lambda text: f"{text}.",
    "blanks around": lambda text: f" \t {text}\n",
}


@pytest.mark.parametrize("dress", _DRESSED)
def test_case_and_politeness_change_nothing(dress: str, propose: Propose) -> None:
    examples = [text.rstrip(".") for text in _ONE_LINE if not text.endswith("?") and not text[0].isdigit()]
    for text in examples:
        assert meaning(propose(_DRESSED[dress](text))) == meaning(propose(text)), text


def test_capitals_change_nothing_but_the_names_typed_in_them(propose: Propose, planner: Planner) -> None:
    for text in _ONE_LINE:
        assert meaning(propose(shouted(text, planner)))["targets"] == meaning(propose(text))["targets"], text
    assert propose("REMOVE THE CRON JOB ON shop-01").outcome is Outcome.CLARIFY


@pytest.mark.parametrize(
    ("bare", "quoted"),
    [
        ("restart nginx on {}", ["Production Web", "shop-01", "prod web", "CIS servers", "Hall South"]),
        ("restart nginx on all servers in {}", ["Production Web", "CIS servers", "Lab Berlin"]),
        ("restart {} on shop-01", ["nginx", "postgresql", "W32Time"]),
        ("install {} on Production Web", ["htop", "nginx"]),
        ("copy {} to /etc/motd on shop-01", ["motd"]),
        ("delete {} on shop-01", ["/srv/old", "/tmp/a.b"]),
    ],
)
@pytest.mark.parametrize("marks", ["''", '""', "\u2018\u2019", "\u201c\u201d"])
def test_quotes_round_a_name_change_nothing(bare: str, quoted: list[str], marks: str, propose: Propose) -> None:
    for name in quoted:
        plain = meaning(propose(bare.format(name)))

        assert plain["outcome"] in (Outcome.PLAN, Outcome.CLARIFY)
        assert meaning(propose(bare.format(marks[0] + name + marks[1]))) == plain


_FIRST = ["stop nginx", "open TCP port 8443", "apply updates", "set vm.swappiness to 10", "install htop"]
_SECOND = ["start postgresql", "delete /srv/old", "reboot", "check that port 443 is open", "create the user deploy"]
_MARKED = [
    "first {}, then {} on shop-01",
    "First {} and then {} on shop-01",
    "{}; {} on shop-01",
    "{}. Then {} on shop-01.",
    "{}, after that {} on shop-01",
    "{} and after that {} on shop-01",
    "On shop-01: 1. {} 2. {}",
    "On shop-01:\n1) {}\n2) {}",
    "On shop-01:\n- {}\n- {}",
]


@pytest.mark.parametrize("form", _MARKED)
def test_marks_of_order_change_nothing(form: str, propose: Propose) -> None:
    for one in _FIRST:
        for other in _SECOND:
            plain = propose(f"{one}, then {other} on shop-01")

            assert len([s for s in plain.steps if s.origin is Origin.USER]) == 2, plain.text
            assert meaning(propose(form.format(one, other))) == meaning(plain)


def test_blanks_too_many_change_nothing_outside_quotes(propose: Propose) -> None:
    for text in _ONE_LINE:
        if "'" not in text and '"' not in text and "`" not in text:
            assert meaning(propose(text.replace(" ", "  "))) == meaning(propose(text)), text
    step = propose("delete '/srv/a  b' on shop-01").steps[-1]
    assert step.params["path"] == "/srv/a  b"


def test_a_number_at_the_end_of_a_sentence_counts_no_list(propose: Propose) -> None:
    (step,) = propose("wait for shop-01 to listen on port 443.").steps

    assert step.params["port"] == 443


def test_nobody_unknown_becomes_a_target(propose: Propose) -> None:
    for name in ("nobody-77", "shop-99", "Line D", "'Halls'", "press", "web-*", "shop-[90:95]", "10.1.2.3", "the farm"):
        plan = propose(f"restart nginx on {name}")

        assert plan.targets.names == ()
        assert plan.outcome is Outcome.CLARIFY


_DUMP = """
import json, sys
from opsconductor.playbooks.catalogue import load_catalogue, template_paths
from planner.planner import Planner
from tests.unit.planner.conftest import NOW, load_estate
planner, estate = Planner(load_catalogue(template_paths())), load_estate("works")
for text in json.load(sys.stdin):
    print(planner.propose(text, estate, NOW, plan_id="p").model_dump_json())
"""


@pytest.mark.parametrize("seed", ["0", "4711"])
def test_another_process_gives_the_same_plans(seed: str, planner: Planner) -> None:
    texts = [
        *_TASKS[::2],
        *(row["text"] for row in load_cases("questions") if "text" in row),
        "restrat ngnix on shop-9",
    ]
    estate = load_estate("works")
    here = [planner.propose(text, estate, NOW, plan_id="p").model_dump_json() for text in texts]

    there = subprocess.run(
        [sys.executable, "-c", _DUMP],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": seed},
    )

    assert there.stdout.splitlines() == here
    assert [planner.propose(text, estate, NOW, plan_id="p").model_dump_json() for text in texts] == here
