# SPDX-License-Identifier: Apache-2.0
"""Explaining and learning on the command line, as an operator types it."""

from pathlib import Path

import pytest
import yaml

from tests.fixtures.installation import Installation

LOCAL = {"platform": "linux", "address": "127.0.0.1", "connections": [{"kind": "local"}]}


@pytest.mark.rotating
def test_from_a_misread_request_to_an_example(installation: Installation, tmp_path: Path) -> None:
    installation.estate([{"name": "quay-01", "groups": ["Harbour"], **LOCAL}], [{"name": "Harbour"}])
    wrong = installation.plan("stop the nginx service on Harbour")

    asked = installation.plan("no, that's not what I meant", code=10)
    assert asked["follows"] == wrong["id"]
    right = installation.plan("restart the nginx service on Harbour")

    (report,) = installation.json("eval", "misses")
    assert report["miss"]["meant_plan_id"] == right["id"]
    assert "stop the nginx" in installation.opsc("eval", "misses").stdout
    installation.opsc("eval", "misses", "--out", str(tmp_path / "misses.yml"))
    document = yaml.safe_load((tmp_path / "misses.yml").read_text(encoding="utf-8"))
    assert document["misses"][0]["misread_as"] == ["service.stop"]
    kept = installation.json("eval", "miss", wrong["id"][-8:], "--meant", "reload nginx on Harbour")
    assert (kept["miss"]["id"], kept["plan"]["steps"][0]["intent"]) == (report["miss"]["id"], "service.reload")
    installation.opsc("eval", "miss", "0000000000", code=4)


def test_json_without_explain_is_the_plan_alone(installation: Installation) -> None:
    installation.estate([{"name": "quay-01", **LOCAL}])

    plan = installation.plan("ping quay-01")
    both = installation.json("plan", "ping quay-01", "--explain")
    shown = installation.json("plans", "show", plan["id"], "--explain")

    assert plan["steps"][0]["intent"] == "host.ping"
    assert set(both) == set(shown) == {"plan", "explanation"}
    assert both["explanation"] == shown["explanation"]
    assert "what to do" in installation.opsc("plan", "ping quay-01", "--explain").stdout


def test_a_refusal_is_explained_with_its_exit_code(installation: Installation) -> None:
    told = installation.opsc("plan", "create user bob with password Hunter2! on quay-01", "--explain", code=3)

    assert "rule 'secret'" in told.stdout
    assert "Hunter2" not in told.stdout + told.stderr
