# SPDX-License-Identifier: Apache-2.0
"""What a plan says of files on shares."""

import pytest

from opsconductor.domain.assets import Become, ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.inventory import InventorySnapshot
from opsconductor.services.double_hop import double_hops
from tests.fixtures.job_world import local_target
from tests.fixtures.plain_run import CATALOGUE, plan_of, step

SHARE = "\\\\files01\\pub\\a.bin"
WINRM = local_target("win01", Platform.WINDOWS).model_copy(update={"kind": ConnectionKind.WINRM})
RUNAS = WINRM.model_copy(update={"name": "win02", "become": Become(method="runas", user="deploy", credential="x")})


@pytest.mark.parametrize(("src", "told"), [(SHARE, 1), ("//files01/pub/a.bin", 1), ("C:\\a.bin", 0), ("\\\\odd", 0)])
def test_a_login_over_winrm_does_not_reach_a_share(src: str, told: int) -> None:
    plan = plan_of([step("file.duplicate", src=src, dest="C:\\b.bin")], [WINRM, RUNAS])
    lines = double_hops(plan, CATALOGUE, InventorySnapshot(targets=(WINRM, RUNAS)))
    assert len(lines) == told
    for line in lines:
        assert src in line
        assert "win01" in line
        assert "win02" not in line, "a password is there for runas"
        assert "double hop" in line


def test_other_steps_and_machines_say_nothing() -> None:
    linux = local_target("web-1").model_copy(update={"kind": ConnectionKind.SSH})
    plan = plan_of([step("file.duplicate", src=SHARE, dest="/srv/b.bin")], [linux])
    assert double_hops(plan, CATALOGUE, InventorySnapshot(targets=(linux,))) == ()
    plan = plan_of([step("file.write", path="C:\\note", content=SHARE)], [WINRM])
    assert double_hops(plan, CATALOGUE, InventorySnapshot(targets=(WINRM,))) == ()
