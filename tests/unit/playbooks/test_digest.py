# SPDX-License-Identifier: Apache-2.0
"""The digest stays the same for the same plan, over releases and orders, and changes with whatever is approved."""

import json
from pathlib import Path
from typing import Any

import pytest

from opsconductor.domain.assets import Become, HostKey
from opsconductor.domain.inventory import Hop, InventorySnapshot
from opsconductor.domain.plans import Condition, Estimate, Evidence, Options, Origin, Plan
from opsconductor.errors import InvalidInput
from opsconductor.playbooks.digest import digest_parts, plan_digest
from tests.fixtures.plain_run import step
from tests.fixtures.renderings import FOLDER, read_case

STORED = Path(__file__).parents[2] / "cases" / "digests" / "sentence-1.json"
TEMPLATES = {"service.stop": "a" * 64, "file.copy": "b" * 64}
FILES = {"stationcontroller.exe": "c" * 64}


def digest(plan: Plan, snapshot: InventorySnapshot, templates: Any = None, files: Any = None) -> str:
    return plan_digest(digest_parts(plan, snapshot, templates or TEMPLATES, files or FILES))


def sentence() -> tuple[Plan, InventorySnapshot]:
    plan, snapshot, _ = read_case(FOLDER / "sentence.yml")
    return plan, snapshot


def test_a_digest_of_an_earlier_release_still_holds() -> None:
    stored = json.loads(STORED.read_text())
    plan, snapshot = sentence()
    assert plan_digest(stored["parts"]) == stored["digest"]
    assert digest(plan, snapshot) == stored["digest"]


def test_order_of_names_and_a_way_through_json_change_nothing() -> None:
    plan, snapshot = sentence()
    back = Plan.model_validate_json(plan.model_dump_json())
    turned = InventorySnapshot(targets=tuple(reversed(snapshot.targets)))
    assert digest(back, turned, dict(reversed(TEMPLATES.items()))) == digest(plan, snapshot)


def test_what_is_not_approved_is_not_in_it() -> None:
    plan, snapshot = sentence()
    other = plan.model_copy(
        update={
            "id": "another",
            "title": "Another",
            "text": "another request",
            "estimate": Estimate(seconds=1, low=1, high=2, basis="guess"),
            "evidence": (Evidence(path="steps[0]", source="request"),),
            "steps": tuple(s.model_copy(update={"title": "T", "seconds": 9.0}) for s in plan.steps),
        }
    )
    reasoned = tuple(t.model_copy(update={"credential_reason": "why", "groups": ("g",)}) for t in snapshot.targets)
    assert digest(other, InventorySnapshot(targets=reasoned)) == digest(plan, snapshot)


STEP = step("service.stop", service="StationController")
PLAN_CHANGES: list[dict[str, Any]] = [
    {"steps": (STEP,)},
    {"steps": (STEP.model_copy(update={"hosts": ("win01",)}),)},
    {"steps": (STEP.model_copy(update={"origin": Origin.POLICY}),)},
    {"steps": (STEP.model_copy(update={"when": (Condition(fact="previous_ok"),)}),)},
    {"steps": (step("service.stop", service="Other"),)},
    {"options": Options(rollback=True)},
    {"options": Options(dry_run=True, verify_timeout=30)},
]
KEY = HostKey(kind="ssh-ed25519", public="AAAA", fingerprint="SHA256:x")
TARGET_CHANGES: list[dict[str, Any]] = [
    {"address": "192.0.2.9"},
    {"port": 5986},
    {"user": "root"},
    {"credential": "other"},
    {"host_keys": (KEY,)},
    {"become": Become()},
    {"settings": {"verify": "false"}},
    {"variables": {"a": "b"}},
    {"jump": (Hop(name="j", address="192.0.2.8", port=22),)},
]


def test_every_change_of_what_is_approved_changes_it() -> None:
    plan, snapshot = sentence()
    found = [digest(plan, snapshot)]
    found += [digest(plan.model_copy(update=change), snapshot) for change in PLAN_CHANGES]
    for change in TARGET_CHANGES:
        first, *rest = snapshot.targets
        found.append(digest(plan, InventorySnapshot(targets=(first.model_copy(update=change), *rest))))
    found.append(digest(plan, InventorySnapshot(targets=snapshot.targets[:1])))
    found.append(digest(plan, snapshot, TEMPLATES | {"file.copy": "d" * 64}))
    found.append(digest(plan, snapshot, TEMPLATES, {"stationcontroller.exe": "d" * 64}))
    assert len(set(found)) == len(found)


def test_the_order_in_which_host_keys_were_recorded_changes_nothing() -> None:
    plan, snapshot = sentence()
    other = KEY.model_copy(update={"kind": "ssh-rsa"})
    keyed = [
        InventorySnapshot(targets=(snapshot.targets[0].model_copy(update={"host_keys": keys}),))
        for keys in ((KEY, other), (other, KEY))
    ]
    assert digest(plan, keyed[0]) == digest(plan, keyed[1])


def test_a_number_that_no_other_program_would_read_alike_is_refused() -> None:
    plan, snapshot = sentence()
    with pytest.raises(InvalidInput, match="cannot be signed"):
        digest(plan.model_copy(update={"steps": (step("wait.port", port=2**60),)}), snapshot)
