# SPDX-License-Identifier: Apache-2.0
"""Questions and secrets through the command line, as an operator meets them."""

import json
import re
import zlib
from contextlib import suppress
from pathlib import Path

import pytest

from tests.fixtures.installation import Installation

SECRET = "Zaunkoenig7!x"
NAMES = ["shop-1", "shop-2"]


@pytest.fixture
def shop(installation: Installation) -> Installation:
    """Two machines that are this one."""
    installation.opsc("groups", "add", "Shop")
    for name in NAMES:
        installation.opsc("assets", "add", name, "--address", "127.0.0.1", "--group", "Shop", "--connection", "local")
    return installation


def test_a_question_is_answered_with_a_table_at_once(shop: Installation) -> None:
    done = shop.opsc("plan", "which servers are in Shop?")
    assert "2 machines: group 'Shop'." in done.stdout
    assert [line.split()[0] for line in done.stdout.splitlines() if line.startswith("shop-")] == NAMES
    assert "approve" not in done.stdout
    plan = shop.json("plan", "which servers are in Shop?")
    assert plan["outcome"] == "query"
    assert [row[0] for row in plan["answer"]["rows"]] == NAMES
    refused = shop.opsc("run", plan["id"], code=5)
    assert "already answered" in refused.stderr


def test_nothing_found_is_a_sentence_and_no_fault(shop: Installation) -> None:
    assert "No failed job since" in shop.opsc("plan", "which jobs failed yesterday?").stdout


def test_names_of_others_move_nothing_in_the_terminal(shop: Installation) -> None:
    shop.opsc("assets", "edit", "shop-1", "--role", "[bold]web[/bold]")
    shown = shop.opsc("plan", "which servers are in Shop?").stdout
    assert "[bold]web[/bold]" in shown
    assert "\x1b" not in shown


def test_what_only_reads_runs_without_approval_and_is_found_again(shop: Installation) -> None:
    told = shop.opsc("plan", "ping all servers in 'Shop'").stdout
    plan_id = re.search(r"Runs without approval: opsc run (\S+)", told)
    assert plan_id
    done = shop.opsc("run", plan_id[1])
    assert "2 of 2 targets completed" in done.stdout
    assert "1 job on shop-1" in shop.opsc("plan", "what did we run on shop-1 today?").stdout


FORMS = [
    f"create user bob with password {SECRET} on shop-1",
    f"set DB_PASSWORD={SECRET} on shop-1",
    f"run 'mysql -u root -p{SECRET}' on shop-1",
    f"write postgresql://app:{SECRET}@db/x to /etc/app.conf on shop-1",
    f"clone https://bob:{SECRET}@git.example/x.git to /opt/x on shop-1",
]


def test_a_secret_is_refused_and_stands_nowhere_on_the_disk(shop: Installation) -> None:
    for form in FORMS:
        refused = shop.opsc("plan", form, code=3)
        assert "opsc credentials add" in " ".join(refused.stdout.split())
        assert SECRET not in refused.stdout + refused.stderr
    asked = shop.plan("change the password of user bob on shop-1", code=10)
    for answer in (SECRET, SECRET.rstrip("!x"), f"password={SECRET}"):
        refused = shop.opsc("answer", asked["id"], f"step1.password={answer}", code=None)
        assert refused.returncode in (2, 3, 4), refused.stdout
        assert SECRET[:10] not in refused.stdout + refused.stderr
    edited = shop.home.parent / "edited.json"
    made = shop.plan("run 'uptime' on shop-1")
    step = {**made["steps"][0], "params": {"command": ["mysql", f"-p{SECRET}"]}}
    edited.write_text(json.dumps({**made, "steps": [step]}))
    assert shop.opsc("plans", "edit", made["id"], str(edited), code=3).stdout == ""
    assert _holding(shop.home, SECRET[:10]) == []
    assert _holding(shop.home, "uptime"), "what is no secret is found, so the search looks in the right place"


def _holding(folder: Path, text: str) -> list[Path]:
    """Files that hold a text as it is, or packed by git."""
    found = []
    for file in (f for f in folder.rglob("*") if f.is_file() and not f.is_symlink()):
        content = file.read_bytes()
        if "objects" in file.parts:  # of git
            with suppress(zlib.error):
                content = zlib.decompress(content)
        if text.encode() in content:
            found.append(file)
    return found
