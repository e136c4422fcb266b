# SPDX-License-Identifier: Apache-2.0
"""Which plans run without an approval."""

import pytest

from opsconductor.domain.approvals import why_no_approval
from tests.fixtures.plain_run import CATALOGUE


@pytest.mark.parametrize(
    ("intents", "dry_run", "why"),
    [
        (["host.ping", "service.status"], False, "only reads"),
        (["host.ping", "service.status"], True, "only reads"),
        (["host.ping", "service.stop"], False, None),
        (["host.ping", "service.stop", "command.run"], True, "dry run"),
        (["service.stop", "log.search"], True, None),
        (["log.search"], False, None),
        (["service.stop", "no.such"], True, None),
        ([], True, None),
    ],
)
def test_reading_states_and_dry_runs_need_none(intents: list[str], dry_run: bool, why: str | None) -> None:
    told = why_no_approval(intents, CATALOGUE, dry_run=dry_run)
    assert why in told if why and told else told is why
