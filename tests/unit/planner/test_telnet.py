# SPDX-License-Identifier: Apache-2.0
"""Machines that nothing but telnet leads to: what is planned there, what is refused, and what is said of it."""

import pytest

from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.estate import Estate, EstateAsset, EstateGroup
from opsconductor.domain.plans import Plan
from opsconductor.domain.risk import RiskLevel
from planner.planner import Planner
from tests.unit.planner.conftest import NOW

BOXES = Estate(
    assets=(
        EstateAsset(name="box-1", platform=Platform.LINUX, groups=("Boxes",), telnet=True),
        EstateAsset(name="web-1", platform=Platform.LINUX, groups=("Boxes",)),
        EstateAsset(name="win-1", platform=Platform.WINDOWS, groups=("Boxes",)),
    ),
    groups=(EstateGroup(name="Boxes"),),
)
CLEAR = "The user and the password cross the network in clear, over telnet to box-1."


def plan(planner: Planner, text: str) -> Plan:
    return planner.propose(text, BOXES, NOW, plan_id="p1")


@pytest.mark.parametrize(
    "text", ["run `uptime -p` on box-1", "check memory usage on box-1", "ping all machines in 'Boxes'"]
)
def test_it_is_marked_as_cleartext_and_high_risk(planner: Planner, text: str) -> None:
    made = plan(planner, text)
    assert made.complete, made.obstacles
    assert made.risk is not None
    assert made.risk.level.rank >= RiskLevel.HIGH.rank
    assert any(CLEAR in reason for reason in made.risk.reasons)
    assert made.needs_approval, "nobody sends a password in clear without having said so"
    [box] = [t for t in made.targets.resolved if t.name == "box-1"]
    assert box.connection is ConnectionKind.TELNET


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("restart nginx on box-1", "Step 1 cannot be run on box-1: it cannot be done over telnet"),
        ("install htop on all machines in 'Boxes'", "Step 1 cannot be run on box-1: it cannot be done over telnet"),
        ("if nginx is running on box-1 then run `uptime -p`", "conditions cannot be checked over telnet"),
    ],
)
def test_what_cannot_be_done_over_telnet_is_refused_with_the_reason(planner: Planner, text: str, says: str) -> None:
    made = plan(planner, text)
    assert not made.complete
    assert any(says in line for line in made.obstacles), made.obstacles


@pytest.mark.parametrize("text", ["restart nginx on web-1", "stop the service Spooler on win-1", "list all machines"])
def test_others_are_as_they_were(planner: Planner, text: str) -> None:
    made = plan(planner, text)
    assert made.obstacles == ()
    assert made.risk is None or not any("telnet" in reason for reason in made.risk.reasons)
