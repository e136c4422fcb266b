# SPDX-License-Identifier: Apache-2.0
"""The published description is the application's own, and the web console's types are made from it."""

import json
import subprocess
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.openapi import COMMITTED

UI = Path(__file__).parents[3] / "ui"
GENERATOR = UI / "node_modules" / ".bin" / "openapi-typescript"


def test_the_committed_description_is_what_the_application_says(client: TestClient) -> None:
    served = client.get("/api/openapi.json").json()
    assert served == json.loads(COMMITTED.read_text()), "run `python -m api.openapi`, then `npm run generate` in ui/"
    assert served["openapi"].startswith("3.1")


@pytest.mark.skipif(not GENERATOR.exists(), reason="ui/node_modules is not installed (`npm ci` in ui/)")
def test_the_committed_types_are_those_of_the_description(tmp_path: Path) -> None:
    made = tmp_path / "schema.d.ts"
    command = json.loads((UI / "package.json").read_text())["scripts"]["generate"].split()
    command[0] = str(GENERATOR)
    command[command.index("--output") + 1] = str(made)
    subprocess.run(command, cwd=UI, check=True, capture_output=True, timeout=60)
    assert made.read_text() == (UI / "src" / "api" / "schema.d.ts").read_text(), "run `npm run generate` in ui/"


def test_every_operation_may_answer_a_problem(client: TestClient) -> None:
    document = client.get("/api/openapi.json").json()
    operations = [o for path in document["paths"].values() for o in path.values()]
    assert len({o["operationId"] for o in operations}) == len(operations)
    assert all("application/problem+json" in o["responses"]["default"]["content"] for o in operations)


def test_the_lock_of_the_console_names_no_place_to_fetch_from() -> None:
    packages = json.loads((UI / "package-lock.json").read_text())["packages"]
    assert not [name for name, package in packages.items() if "resolved" in package]
