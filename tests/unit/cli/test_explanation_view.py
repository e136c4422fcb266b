# SPDX-License-Identifier: Apache-2.0
"""A terminal shows every word of a request, and why what lost did."""

import io

import pytest

from opsconductor.cli.explanation_view import STYLES, explanation_view
from opsconductor.cli.output import PlainConsole
from opsconductor.domain.estate import Estate, EstateAsset, EstateGroup
from opsconductor.domain.explanations import SpanKind
from opsconductor.playbooks.catalogue import load_catalogue, template_paths
from planner.planner import Planner
from tests.unit.planner.conftest import NOW


@pytest.fixture(scope="module")
def planner() -> Planner:
    return Planner(load_catalogue(template_paths()))


def shown(planner: Planner, text: str) -> str:
    groups = (EstateGroup(name="Production Web"),)
    estate = Estate(assets=(EstateAsset(name="w-1", platform="linux", groups=("Production Web",)),), groups=groups)
    console = PlainConsole(file=io.StringIO(), width=160, highlight=False)
    console.print(explanation_view(planner.explain(text, estate, NOW)))
    written = console.file
    assert isinstance(written, io.StringIO)
    return written.getvalue()


def test_words_candidates_machines_conditions_and_options_are_shown(planner: Planner) -> None:
    text = shown(planner, "resatrt nginx on Producton Web tomorrow at 6pm if it is running, 2 at a time")

    for part in (
        "“resatrt” is “restart”",
        "✓  service.restart",
        "✗  host.reboot",
        "misspelt; 1 letter off",
        "only where service nginx is running",
        "schedule at 2026-05-07T18:00",
        "batch 2",
        "steps[0].params.service",
    ):
        assert part in text


def test_a_question_shows_its_words_and_a_refusal_its_rule(planner: Planner) -> None:
    assert "asked about “hall west”" in shown(planner, "restart nginx on hall west")
    assert "asked about something that is not said" in shown(planner, "restart nginx")
    refused = shown(planner, "create user bob with password Hunter2! on w-1")
    assert "rule 'secret'" in refused
    assert "Hunter2" not in refused
    assert "taken back" in shown(planner, "restart nginx on w-9, no wait, on w-1")


def test_a_request_cannot_draw_on_the_terminal(planner: Planner) -> None:
    assert "\x1b[31m" not in shown(planner, "restart \x1b[31mnginx [bold]on w-1")


def test_every_kind_of_span_has_a_look_of_its_own() -> None:
    assert set(STYLES) == set(SpanKind)
    assert len({name for _, name in STYLES.values()}) == len(SpanKind)
