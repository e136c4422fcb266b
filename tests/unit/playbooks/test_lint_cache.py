# SPDX-License-Identifier: Apache-2.0
"""A verdict is found again for the same playbook under another plan's id, and for nothing else."""

from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.inventory import BoundTarget, InventorySnapshot
from opsconductor.domain.plans import Step
from opsconductor.playbooks.lint import _LOOKED_AT, _key
from tests.fixtures.plain_run import plan_of, rendered_of

TARGET = BoundTarget(
    asset_id="a", name="a", platform=Platform.LINUX, kind=ConnectionKind.SSH, address="192.0.2.1", port=22
)


def key_of(plan_id: str, service: str) -> str:
    plan = plan_of([Step(intent="service.stop", params={"service": service})], [TARGET])
    plan = plan.model_copy(update={"id": plan_id})
    tree = rendered_of(plan, [TARGET]).tree(plan, InventorySnapshot(targets=(TARGET,)))
    return _key({name: tree[name] for name in _LOOKED_AT if name in tree}, {"ansible-core": "1"})


def test_the_plans_own_id_is_no_part_of_what_is_checked() -> None:
    assert key_of("0" * 32, "nginx") == key_of("f" * 32, "nginx")


def test_every_value_is() -> None:
    assert key_of("0" * 32, "nginx") != key_of("0" * 32, "apache2")
