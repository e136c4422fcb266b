# SPDX-License-Identifier: Apache-2.0
"""Plans by hand and runbooks as a user types them: save, share, use, approve, run."""

from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.installation import Installation, cells

LOCAL = {"platform": "linux", "address": "127.0.0.1", "connections": [{"kind": "local"}]}
NAME = "Leave a note"


@pytest.fixture
def site(installation: Installation) -> Installation:
    """Two machines, which are this one."""
    installation.estate([{"name": f"here-{n}", "groups": ["Here"], **LOCAL} for n in (1, 2)], [{"name": "Here"}])
    return installation


def user_steps(plan: Any) -> list[tuple[str, dict[str, Any]]]:
    return [(s["intent"], s["params"]) for s in plan["steps"] if s["origin"] == "user"]


def test_steps_a_file_and_standard_input_give_one_plan(site: Installation, tmp_path: Path) -> None:
    steps = ["--step", "service.restart", "service=nginx", "--when", "not file_exists /run/nologin"]
    made = site.json("plan", *steps, "--on", "group:Here", "--except", "here-2", "--batch", "1")
    document = site.opsc("plans", "document", made["id"]).stdout
    (tmp_path / "plan.yml").write_text(document, encoding="utf-8")

    from_file = site.json("plan", "--file", str(tmp_path / "plan.yml"))
    from_input = site.opsc("plan", "-f", "-", "--json", stdin=document)

    assert made["digest"] == from_file["digest"]
    assert made["digest"] in from_input.stdout
    assert [t["name"] for t in made["targets"]["resolved"]] == ["here-1"]
    assert made["steps"][0]["when"][0] == {
        "fact": "file_exists", "subject": "/run/nologin", "op": None, "value": None, "negate": True,
    }  # fmt: skip


def test_faults_name_file_line_and_remedy(site: Installation, tmp_path: Path) -> None:
    path = tmp_path / "plan.yml"
    path.write_text("targets: Hree\nsteps:\n  - intent: service.stp\n    params: {service: a}\n", encoding="utf-8")

    said = site.opsc("plan", "--file", str(path), code=2).stderr.replace("\n", " ")

    assert "line 1, targets.on: there is no group or machine 'Hree'. Did you mean 'Here'" in said
    assert "line 3, steps.1.intent: there is no template 'service.stp'. Did you mean service.stop" in said
    assert site.json("plans", "list") == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "nothing to plan"),
        (["ping Here", "--step", "host.ping"], "a sentence and --step"),
        (["ping Here", "--on", "Here"], "--on belongs to --step"),
        (["--step", "host.ping", "--explain"], "no sentence"),
        (["--file", "no-such-file.yml"], "cannot be read"),
    ],
)
def test_a_plan_is_made_one_way(site: Installation, arguments: list[str], says: str) -> None:
    assert says in site.opsc("plan", *arguments, code=2).stderr.replace("\n", " ")


def test_what_is_missing_is_answered_and_what_is_dangerous_refused(site: Installation) -> None:
    plan = site.json("plan", "--step", "service.restart", "--on", "Here", code=10)
    assert plan["missing"] == ["service.restart.service"]
    answered = site.json("plan", "--step", "service.restart", "--on", "Here", "-a", "step1.service=nginx")
    assert user_steps(answered)[0][1]["service"] == "nginx"
    site.opsc("plan", "--step", "command.run", "command=rm -rf /", "--on", "Here", code=3)


@pytest.mark.rotating
def test_a_runbook_is_saved_shared_used_and_run(site: Installation, tmp_path: Path) -> None:
    note = tmp_path / "note"
    site.opsc("files", "add", "-", "--name", "note.txt", stdin="hello\n")
    site.opsc("files", "add", "-", "--name", "other.txt", stdin="other\n")
    plan = site.json("plan", "--step", "file.copy", "src=note.txt", f"dest={note}", "mode=0600", "--on", "host:here-2")
    assert [s["intent"] for s in plan["steps"]] == ["file.backup", "file.copy"]
    places = ["--param", "file=step2.src", "--param", "where=targets"]

    wrong = site.opsc("runbooks", "save", NAME, "--from", plan["id"], "--param", "p=step1.path", code=2)
    assert "put there by policy" in wrong.stderr.replace("\n", " ")
    site.opsc("runbooks", "save", NAME, "--from", plan["id"], *places, "--required", "file")
    (tmp_path / "r.yml").write_text(site.opsc("runbooks", "export", NAME).stdout, encoding="utf-8")
    assert site.opsc("runbooks", "import", str(tmp_path / "r.yml"), code=5)
    site.opsc("runbooks", "import", str(tmp_path / "r.yml"), "--name", "Copy")
    assert [r["document"]["name"] for r in site.json("runbooks", "list")] == ["Copy", NAME]
    site.opsc("runbooks", "remove", "Copy", "--yes")

    assert "file: it must be given" in site.opsc("runbooks", "run", NAME, code=2).stderr.replace("\n", " ")
    made = site.json("runbooks", "run", NAME, "-p", "file=other.txt", "-p", "where=here-1")
    assert [t["name"] for t in made["targets"]["resolved"]] == ["here-1"]
    site.opsc("run", made["id"], code=6)
    site.approve(made)
    assert cells(site.run(made), 2) == {"here-1": "changed"}
    assert note.read_text(encoding="utf-8") == "other\n"
    assert note.stat().st_mode & 0o777 == 0o600


@pytest.mark.rotating
def test_what_follows_is_shown_added_changed_and_removed(site: Installation) -> None:
    for name in ("Roll out", "Check it", "Tell the desk"):
        made = site.json("plan", "--step", "command.run", f"command=echo {name}", "--on", "Here")
        site.opsc("runbooks", "save", name, "--from", made["id"])

    def follows(*arguments: str) -> list[tuple[str, str, bool]]:
        runbook = site.json("runbooks", "chain", "Roll out", *arguments)
        return [(link["runbook"], link["on"], link["approval"]) for link in runbook["document"]["then"]]

    assert "Nothing follows 'Roll out'." in site.opsc("runbooks", "chain", "Roll out").stdout
    follows("Check it")
    assert follows("Tell the desk", "--on", "failure") == [
        ("Check it", "success", False), ("Tell the desk", "failure", False),
    ]  # fmt: skip
    assert follows("Check it", "--approval")[0] == ("Check it", "success", True)
    assert follows("--change", "1", "--no-approval", "--on", "failure")[0] == ("Check it", "failure", False)
    assert "2. on failure: 'Tell the desk'" in site.opsc("runbooks", "chain", "Roll out").stdout
    assert "There is no 3: 2 follow it" in site.opsc("runbooks", "chain", "Roll out", "--change", "3", code=2).stderr
    assert follows("Tell the desk", "--remove") == [("Check it", "failure", False)]
    assert follows("--remove") == []
