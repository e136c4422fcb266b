# SPDX-License-Identifier: Apache-2.0
"""A new folder is a new intent, with no code: read, planned, rendered, linted; and a faulty one is named."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from opsconductor.cli.server import _warn_of_templates
from opsconductor.domain.lint import LintStatus
from opsconductor.playbooks.catalogue import TemplateError, find_faults, load_catalogue, template_paths
from opsconductor.settings import Settings
from opsconductor.wiring import Container, open_container
from planner.examples import check_examples
from tests.fixtures.installation import Installation
from tests.fixtures.own_templates import MANIFEST, TASKS, write_template

pytestmark = pytest.mark.rotating

LOCAL = {"platform": "linux", "address": "127.0.0.1", "connections": [{"kind": "local"}]}


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    return tmp_path / "templates"


@pytest.fixture
def own(installation: Installation, templates: Path) -> Installation:
    """An installation with a template folder of its own, and two machines."""
    write_template(templates)
    installation.settings["OPSCONDUCTOR_TEMPLATE_PATH"] = json.dumps([str(templates)])
    groups = [{"name": "Harbour"}]
    installation.estate([{"name": f"quay-0{n}", "groups": ["Harbour"], **LOCAL} for n in (1, 2)], groups)
    return installation


def user_steps(plan: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(s["intent"], s["params"]) for s in plan["steps"] if s["origin"] == "user"]


def test_a_folder_is_an_intent_that_can_be_said_in_many_ways(own: Installation) -> None:
    assert "pennant.hoist" in {t["id"] for t in own.json("templates", "list")}
    ways = {
        "hoist the pennant dawn on Harbour": {"name": "dawn", "path": "/srv/mast"},
        "Please could you fly dawn at /srv/front on quay-01?": {"name": "dawn", "path": "/srv/front"},
        "the pennant dawn should be hoisted on all servers in Harbour": {"name": "dawn", "path": "/srv/mast"},
        "hosit pennant dawn in colour red on Harbour": {"name": "dawn", "path": "/srv/mast", "colour": "red"},
    }
    for text, done in own.plan_all(list(ways), "--json").items():
        plan = json.loads(done.stdout)
        assert done.returncode == 0, (text, done.stdout)
        assert user_steps(plan) == [("pennant.hoist", ways[text])], text


def test_it_goes_with_options_conditions_and_other_steps(own: Installation) -> None:
    text = "check that nginx is running, then hoist the pennant dawn on Harbour if /etc/mast exists, one at a time"

    plan = own.plan(text)

    assert [i for i, _ in user_steps(plan)] == ["service.status", "pennant.hoist"]
    assert plan["options"]["batch"] == 1
    assert plan["steps"][-1]["when"][0] == {
        "fact": "file_exists", "subject": "/etc/mast", "op": None, "value": None, "negate": False,
    }  # fmt: skip
    assert [t["name"] for t in plan["targets"]["resolved"]] == ["quay-01", "quay-02"]


def test_what_is_missing_is_asked(own: Installation) -> None:
    plan = own.plan("hoist a pennant on Harbour", code=10)

    assert plan["missing"] == ["pennant.hoist.name"]
    assert "Which pennant shall be hoisted?" in plan["questions"][0]["text"]


def test_its_explanation_names_it(own: Installation) -> None:
    told = own.json("plan", "hoist the pennant dawn on Harbour", "--explain")

    assert told["plan"]["steps"][0]["intent"] == "pennant.hoist"
    assert told["explanation"]["clauses"][0]["candidates"][0]["intent"] == "pennant.hoist"


@pytest.fixture
def services(own: Installation, templates: Path) -> Iterator[Container]:
    with open_container(Settings(home=own.home, template_path=(templates,))) as container:
        yield container


def test_its_playbook_passes_the_structure_check_and_the_linter(services: Container) -> None:
    record = services.planning.propose("hoist the pennant dawn on Harbour", "test")

    assert record.plan.complete
    assert services.planning.with_verdict(record.plan.id).lint.status is LintStatus.GREEN
    playbook = services.planning.playbook(record.plan.id)
    assert "Step 1: Hoist the pennant" in playbook
    assert "dawn" not in playbook.split("tasks:")[1], "a value stands in a task"


def test_without_a_task_file_it_is_planned_and_said_to_be_not_runnable(own: Installation, templates: Path) -> None:
    manifest = templates / "pennant" / "hoist" / "template.yml"
    manifest.write_text(MANIFEST.replace("platforms:\n  linux: linux.yml.j2\n", ""), encoding="utf-8")

    plan = own.plan("hoist the pennant dawn on Harbour", code=8)

    assert user_steps(plan)[0][0] == "pennant.hoist"
    assert plan["obstacles"] == ["Step 1 cannot be run yet: its template pennant.hoist has no task file."]


def changed(templates: Path, old: str, new: str) -> None:
    assert old in MANIFEST
    write_template(templates, manifest=MANIFEST.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "field", "says"),
    [
        ("type: choice", "type: rainbow", "parameters.colour.type", "Input should be"),
        ('    - "{verb} {object}"', '    - "{verb} ] {object} ["', "grammar.patterns[2]", "brackets"),
        ('    - "{verb} {object}"', '    - "{verb} a||b"', "grammar.patterns[2]", "alternative is empty"),
        ('    - "{verb} {object}"', '    - "[{verb}] {name}"', "grammar.patterns[2]", "match anything"),
        ('    - "{verb} {object}"', '    - "{verb} {mast}"', "grammar.patterns[2]", "no parameter mast"),
        ("objects: [pennant, pennants, streamer]", "objects: []", "grammar.patterns[0]", "stands for nothing"),
        ("default: /srv/mast", "default: mast", "parameters.path.default", "mast"),
        ("  - {text: fly spring, params: {name: spring}}\n", "", "examples", "5 are the fewest"),
        ("text: fly spring,", "text: bury spring,", "examples[1]", "'bury spring'"),
        ("text: fly spring,", "text: restart nginx,", "examples[1]", "service.restart, not as pennant.hoist"),
        ("risk: low", "risk: tiny", "risk", "low"),
        ("linux: linux.yml.j2", "linux: bsd.yml.j2", "platforms.linux", "no file bsd.yml.j2"),
    ],
)
def test_a_fault_is_named_with_file_field_and_remedy(
    old: str, new: str, field: str, says: str, templates: Path
) -> None:
    changed(templates, old, new)

    with pytest.raises(TemplateError) as caught:
        load_catalogue(template_paths([templates]), check_examples)

    assert caught.value.context == {"file": str(templates / "pennant/hoist/template.yml"), "field": field}
    assert says in caught.value.message
    assert caught.value.remedy


def other(intent: str) -> str:
    """The same template under another name, with the same grammar."""
    return MANIFEST.replace("pennant.hoist", intent)


def test_two_templates_that_read_an_example_equally_well_are_both_named(templates: Path) -> None:
    write_template(templates)
    write_template(templates, "banner.raise", other("banner.raise"))

    with pytest.raises(TemplateError) as caught:
        load_catalogue(template_paths([templates]), check_examples)

    assert "is read equally well by" in caught.value.message
    assert {"banner.raise", "pennant.hoist"} <= set((caught.value.message + str(caught.value.remedy)).split())
    assert "negative word" in str(caught.value.remedy)


def test_a_template_that_takes_a_shipped_one_s_requests_is_named(templates: Path) -> None:
    changed(templates, '    - "{verb} {object}"', '    - "restart {name}"')

    faults = find_faults(template_paths([templates]), check_examples)

    clashes = [f for f in faults if "service.restart" in str(f)]
    assert clashes
    assert all("pennant.hoist" in str(f) for f in clashes)


def test_the_same_id_in_two_folders_names_both_files(templates: Path, tmp_path: Path) -> None:
    first, second = write_template(templates), write_template(tmp_path / "more")

    with pytest.raises(TemplateError) as caught:
        load_catalogue(template_paths([templates, tmp_path / "more"]), check_examples)

    assert str(first) in caught.value.message
    assert str(second) in caught.value.message


def test_all_faults_are_found_at_once(templates: Path) -> None:
    changed(templates, "summary: Hoist pennant {name}", "summary: Hoist pennant {nmae}")
    write_template(templates, "banner.raise", "[", "")

    fields = {f.context["field"] for f in find_faults(template_paths([templates]), check_examples)}

    assert {"", "summary"} <= fields


def test_a_faulty_template_is_said_by_every_command_that_plans_and_by_no_other(
    own: Installation, templates: Path
) -> None:
    write_template(templates, "banner.raise", other("banner.lower"), "")

    for command in (["plan", "ping Harbour"], ["templates", "list"]):
        failed = own.opsc(*command, code=2)
        assert "banner/raise/template.yml: id" in failed.stderr.replace("\n", "")
    assert len(own.json("assets", "list")) == 2
    found = own.opsc("templates", "check", str(templates), code=2)
    assert "does not fit its folder" in found.stdout
    assert json.loads(own.opsc("templates", "check", "--json", code=2).stdout)[0]["field"] == "id"


def test_well_written_templates_pass_the_check(own: Installation) -> None:
    assert "All templates are well" in own.opsc("templates", "check").stdout


def test_a_server_says_at_its_start_that_nothing_can_be_planned(
    templates: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed(templates, "risk: low", "risk: tiny")

    with open_container(Settings(home=tmp_path / "home", template_path=(templates,))) as container:
        _warn_of_templates(container)

    assert "pennant/hoist/template.yml: risk" in capsys.readouterr().out.replace("\n", "")


@pytest.mark.parametrize(
    ("old", "new", "where", "says"),
    [
        ("ansible.builtin.copy", "ansible.builtin.shell", "linux.yml.j2", "shell"),
        ("name: Hoist the pennant · main", "name: Hoist the pennant", "linux.yml.j2", "Sentence · role"),
        ("[[ var.name ]]", "[[ var.nmae ]]", "linux.yml.j2", "nmae"),
        ('    mode: "0644"\n', "", "tasks", "risky-file-permissions"),
    ],
)
def test_the_check_renders_examples_and_lints_them(
    old: str, new: str, where: str, says: str, templates: Path, installation: Installation
) -> None:
    assert old in TASKS
    write_template(templates, tasks=TASKS.replace(old, new))

    [fault] = json.loads(installation.opsc("templates", "check", str(templates), "--json", code=2).stdout)

    assert fault["field"] == where
    assert says in fault["message"]
    assert fault["remedy"]
