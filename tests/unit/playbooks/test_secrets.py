# SPDX-License-Identifier: Apache-2.0
"""What a commit says of parameters that are secrets: names of credentials, never values."""

import json
from pathlib import Path

from opsconductor.domain.inventory import InventorySnapshot
from opsconductor.domain.plans import Options
from opsconductor.execution import staging
from opsconductor.services.shaping import generated_credentials
from tests.fixtures.plain_run import CATALOGUE
from tests.fixtures.renderings import FOLDER, rendering


class Tree:
    """The files of one commit."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files

    def read(self, _commit: str, name: str) -> bytes:
        return self.files[name]


def test_a_commit_names_the_credentials_and_a_launch_knows_which_to_make() -> None:
    plan, rendered = rendering(FOLDER / "accounts.yml")
    tree = rendered.tree(plan, InventorySnapshot(targets=()))
    assert json.loads(tree["secrets.json"])["secrets"] == {
        "opsc_p2_password": {"credential": "alice's login", "generate": False},
        "opsc_p3_password": {"credential": "generated-000000000001-3", "generate": True},
    }
    assert generated_credentials(plan, "c", Tree(tree), CATALOGUE) == ["generated-000000000001-3"]
    assert b"alice's login" not in tree["playbook.yml"]


def test_a_dry_run_stores_no_random_password_and_gets_one_that_is_kept_nowhere(tmp_path: Path) -> None:
    plan, rendered = rendering(FOLDER / "accounts.yml")
    plan = plan.model_copy(update={"options": Options(dry_run=True)})
    tree = rendered.tree(plan, InventorySnapshot(targets=()))
    assert generated_credentials(plan, "c", Tree(tree), CATALOGUE) == []
    (tmp_path / "secrets.json").write_bytes(tree["secrets.json"])
    stored = {"opsc_p2_password": "alice's login"}
    assert staging.secrets(tmp_path, dry_run=True) == stored
    assert staging.secrets(tmp_path, dry_run=False) == stored | {"opsc_p3_password": "generated-000000000001-3"}
    [(variable, value)] = staging.throwaways(tmp_path, dry_run=True).items()
    assert (variable, len(value)) == ("opsc_p3_password", 32)
    assert value not in staging.throwaways(tmp_path, dry_run=True).values()
    assert staging.throwaways(tmp_path, dry_run=False) == {}


def test_a_commit_without_secrets_says_nothing_of_them() -> None:
    plan, rendered = rendering(FOLDER / "packages.yml")
    tree = rendered.tree(plan, InventorySnapshot(targets=()))
    assert "secrets.json" not in tree
    assert generated_credentials(plan, "c", Tree(tree), CATALOGUE) == []
