# SPDX-License-Identifier: Apache-2.0
"""Groups named by a word of the work itself: such a word means machines only where the request says so."""

from datetime import UTC, datetime

import pytest

from opsconductor.domain.base import Platform
from opsconductor.domain.estate import Estate, EstateAsset, EstateGroup
from planner.planner import Planner

ESTATE = Estate(
    assets=(
        EstateAsset(name="vault-1", platform=Platform.LINUX, groups=("Backup",)),
        EstateAsset(name="dc-1", platform=Platform.LINUX, groups=("Directory",)),
        EstateAsset(name="web-1", platform=Platform.LINUX, groups=("Web",)),
        EstateAsset(name="web-2", platform=Platform.LINUX, groups=("Web",)),
    ),
    groups=(EstateGroup(name="Backup"), EstateGroup(name="Directory"), EstateGroup(name="Web")),
)


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        ("take a backup of /etc/hosts on web-1", ("web-1",)),
        ("make the backup of /etc/hosts on web-1 and web-2", ("web-1", "web-2")),
        ("take a backup of /etc/hosts and restart nginx on web-1 and web-2", ("web-1", "web-2")),
        ("create the directory /opt/x on web-1", ("web-1",)),
        ("restart nginx on Backup", ("vault-1",)),
        ("restart nginx on the backup servers", ("vault-1",)),
        ("restart nginx in the backup group", ("vault-1",)),
        ("restart nginx on all servers in group Directory", ("dc-1",)),
    ],
)
def test_a_groups_name_that_is_a_word_of_the_work_is_no_target_by_itself(
    text: str, targets: tuple[str, ...], planner: Planner
) -> None:
    plan = planner.propose(text, ESTATE, datetime(2026, 5, 6, tzinfo=UTC), plan_id="p1")

    assert not plan.questions
    assert plan.targets.names == targets
    assert all(step.hosts is None for step in plan.steps)
