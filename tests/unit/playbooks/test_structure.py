# SPDX-License-Identifier: Apache-2.0
"""What breaks a rule of the house is never committed: each rule is broken once here."""

import pytest

from opsconductor.domain.base import Platform
from opsconductor.domain.files import LARGE
from opsconductor.domain.plans import JobStep, Options
from opsconductor.playbooks.structure import PlaybookFault, check_structure
from tests.fixtures.job_world import local_target
from tests.fixtures.plain_run import plan_of, rendered_of, step
from tests.fixtures.renderings import FOLDER, rendering
from tests.integration.playbooks.test_lint import FILES, everything, target

BROKEN = [
    ("hosts: opsc_linux", "hosts: all", "other hosts"),
    ("gather_facts: false", "gather_facts: true", "gathers facts"),
    ("  gather_facts: false", "  become: true\n  gather_facts: false", "a play has become"),
    ("opsc_p2_command: !unsafe", "opsc_p2_command:", "not !unsafe"),
    ("opsc_p1_timeout:", "ansible_password:", "not one of a step"),
    ("ansible.builtin.systemd_service:", "ansible.builtin.shell:", "not allowed"),
    ("          ansible.builtin.systemd_service:", "          service:", "not allowed"),
    ("          timeout: 900\n", "          become: true\n          timeout: 900\n", "not allowed"),
    ("              timeout: 900\n", "", "no timeout"),
    (" · main", " · magic", "no step or no role"),
    ("Stop the service · main", "Stop {{ opsc_p1_service }} · main", "no step or no role"),
    ("            argv: ", "            creates: /\n            argv: ", "plain argv"),
    ("expand_argument_vars: false", "expand_argument_vars: true", "plain argv"),
    ("opsc_s1:", "ansible_host:", "guards of step 1 set ansible_host"),
    ("            opsc_s2:\n", "            opsc_s9:\n", "step 2 sets opsc_s9"),
    ("opsc_s1.was == 'running'", "opsc_r2_run.rc == 0", "of another step"),
    (
        "quiet: true\n          when:\n            - opsc_s1.was",
        "success_msg: \"'; touch pwned; '\"\n          when:\n            - opsc_s1.was",
        "a value of the request",
    ),
    ("opsc_s1.was == 'running'", "opsc_s1.was is match('\\w+')", "backslash"),
    ("        opsc_r3_within:", "        opsc_r1_within:", "has the variable opsc_r1_within"),
    ("        opsc_r3_within:", "        ansible_host: x\n        opsc_r3_within:", "has the variable ansible_host"),
    ("        opsc_r3_within:", "        opsc_r3_now: x\n        opsc_r3_within:", "has the variable opsc_r3_now"),
    ("        opsc_r3_within:", "        opsc_r3_x: 1\n        opsc_r3_within:", "has the variable opsc_r3_x"),
    ("        opsc_r3_within:", "        opsc_r3_x: '{{ opsc_r1_after }}'\n        opsc_r3_within:", "of another step"),
    (
        "        opsc_r3_within:",
        "        opsc_r3_x: \"'; touch pwned; '\"\n        opsc_r3_within:",
        "a value of the req",
    ),
    (" | default(false) }}", " | default('\\\\d') }}", "backslash"),
    ("          when: opsc_s3 is not", "          vars: {a: b}\n          when: opsc_s3 is not", "only a whole step"),
    ("ansible.builtin.command:\n", "opsconductor.core.telnet_command:\n", "plain argv"),
    ("hosts: opsc_linux", "hosts: opsc_telnet", "cannot run over telnet"),
    ("---\n", "--- [\n", "not YAML"),
]


@pytest.mark.parametrize(("before", "after", "message"), BROKEN)
def test_a_broken_rule_is_named(before: str, after: str, message: str) -> None:
    plan, rendered = rendering(FOLDER / "hostile.yml")
    assert before in rendered.playbook
    broken = rendered.model_copy(update={"playbook": rendered.playbook.replace(before, after)})
    with pytest.raises(PlaybookFault, match=message):
        check_structure(broken, plan)


SECRETIVE = [
    ("changed_when: true\n          no_log: true\n", "changed_when: true\n", "does not keep its result to itself"),
    ("no_log: true\n", "no_log: false\n", "does not keep its result to itself"),
    (
        "              - chpasswd\n",
        '              - chpasswd\n              - "{{ opsc_p2_password }}"\n',
        "among the arg",
    ),
    ("        opsc_r2_was:", '        opsc_r2_it: "{{ opsc_p2_password }}"\n        opsc_r2_was:', "hold a secret"),
]


RESCUING = [
    (' · undo"\n          ansible.builtin.fail:', ' · verify"\n          ansible.builtin.fail:', "does not take back"),
    (
        "          ansible.builtin.fail:\n            msg:",
        "          ansible.builtin.assert:\n            that:",
        "go on",
    ),
    ("opsc_u6:", "opsc_u2:", "step 6 sets opsc_u2"),
]


@pytest.mark.parametrize(("before", "after", "message"), RESCUING)
def test_where_a_step_fails_things_are_taken_back_and_the_target_ends(before: str, after: str, message: str) -> None:
    plan, rendered = rendering(FOLDER / "rollback.yml")
    assert before in rendered.playbook
    broken = rendered.model_copy(update={"playbook": rendered.playbook.replace(before, after)})
    with pytest.raises(PlaybookFault, match=message):
        check_structure(broken, plan)


@pytest.mark.parametrize(("before", "after", "message"), SECRETIVE)
def test_a_secret_is_told_to_nobody_but_its_task(before: str, after: str, message: str) -> None:
    plan, rendered = rendering(FOLDER / "accounts.yml")
    check_structure(rendered, plan)
    assert before in rendered.playbook
    broken = rendered.model_copy(update={"playbook": rendered.playbook.replace(before, after)})
    with pytest.raises(PlaybookFault, match=message):
        check_structure(broken, plan)


@pytest.mark.parametrize("platform", Platform)
def test_an_address_to_fetch_from_is_a_secret(platform: Platform) -> None:
    target = local_target("one", platform)
    dest = "/srv/big.bin" if platform is Platform.LINUX else "C:\\big.bin"
    plan = plan_of([step("file.copy", src="big.bin", dest=dest)], [target])
    rendered = rendered_of(plan, [target], {"big.bin": b"x" * LARGE})
    assert "big.bin" not in rendered.playbook.partition("stdin: ")[2].partition("register: ")[0]
    for before, after, message in [
        ("          no_log: true\n", "", "does not keep its result to itself"),
        ('- "-q"\n', '- "{{ opsc_pull_url }}"\n', "among the arguments"),
    ]:
        assert rendered.playbook.count(before) == 1
        broken = rendered.model_copy(update={"playbook": rendered.playbook.replace(before, after)})
        with pytest.raises(PlaybookFault, match=message):
            check_structure(broken, plan)


def test_small_files_are_never_fetched() -> None:
    target = local_target("one")
    plan = plan_of([step("file.copy", src="big.bin", dest="/srv/big.bin")], [target])
    rendered = rendered_of(plan, [target], {"big.bin": b"x" * (LARGE - 1)})
    assert "opsc_pull" not in rendered.playbook
    assert [one.files for one in rendered.steps] == [()]


def test_an_undo_never_passes_for_the_step_itself() -> None:
    plan, rendered = rendering(FOLDER / "hostile.yml")
    check_structure(rendered, plan)
    taking_back = plan.steps[0].model_copy(update={"undo_of": JobStep(job="j1", step=1)})
    with pytest.raises(PlaybookFault, match="takes back what a job did"):
        check_structure(rendered, plan.model_copy(update={"steps": (taking_back, *plan.steps[1:])}))


def test_a_list_of_tasks_that_is_not_its_own_is_refused() -> None:
    plan, rendered = rendering(FOLDER / "hostile.yml")
    with pytest.raises(PlaybookFault, match="another one"):
        check_structure(rendered.model_copy(update={"places": rendered.places[:-1]}), plan)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("ansible.builtin.ping: null", "ansible.builtin.file: {path: /x, state: absent}", "may change something"),
        ("ansible.builtin.ping: null", "ansible.builtin.apt: {update_cache: true, name: x}", "may change something"),
        (
            "ansible.builtin.ping: null",
            "ansible.builtin.command: {expand_argument_vars: false, argv: [reboot]}",
            "may change something",
        ),
        ("ansible.builtin.ping: null", "ansible.builtin.apt: {update_cache: true}", None),
        (
            "ansible.builtin.ping: null",
            "ansible.builtin.file: {path: /x, state: file}\n          check_mode: true",
            None,
        ),
        (
            "ansible.builtin.ping: null",
            "ansible.builtin.command: {expand_argument_vars: false, argv: [uptime]}\n          changed_when: false",
            None,
        ),
    ],
)
def test_a_step_that_only_reads_has_no_task_that_may_change_something(
    before: str, after: str, message: str | None
) -> None:
    plan, rendered = rendering(FOLDER / "hosts_conditions_batches.yml")
    reading = plan.model_copy(
        update={"steps": tuple(s.model_copy(update={"read_only": s.intent == "host.ping"}) for s in plan.steps)}
    )
    assert before in rendered.playbook
    broken = rendered.model_copy(update={"playbook": rendered.playbook.replace(before, after)})
    if message is None:
        check_structure(broken, reading)
        return
    with pytest.raises(PlaybookFault, match=message):
        check_structure(broken, reading)


PING = "ansible.builtin.ping: null"
LEAVES = "\n          check_mode: false"
TOUCH = "ansible.builtin.file: {path: /x, state: touch}"
RUN = "ansible.builtin.command: {expand_argument_vars: false, argv: %s}"
SCRIPT = "ansible.windows.win_powershell: {script: '%s'}"


@pytest.mark.parametrize(
    ("task", "fault"),
    [
        (TOUCH + LEAVES, True),
        (TOUCH + "\n          check_mode: '{{ opsc_x }}'", True),
        (TOUCH + LEAVES + "\n          when: ansible_check_mode", True),
        (RUN % "[reboot]" + LEAVES, True),
        (RUN % "[reboot]" + LEAVES + "\n          when: [not ansible_check_mode]", True),
        (SCRIPT % "Stop-Computer" + LEAVES, True),
        (SCRIPT % "$Ansible.Changed = $false; Stop-Computer; $Ansible.Changed = $true" + LEAVES, True),
        (TOUCH, False),
        (TOUCH + "\n          check_mode: true", False),
        (PING + LEAVES, False),
        (RUN % "[uptime]" + LEAVES + "\n          changed_when: false", False),
        (RUN % "[find, /x]" + LEAVES + "\n          when: [ansible_check_mode]", False),
        (RUN % "[kill, \"{{ '-0' if ansible_check_mode else '-9' }}\"]" + LEAVES, False),
        (SCRIPT % "$Ansible.Changed = $false; Get-Date" + LEAVES, False),
    ],
)
@pytest.mark.parametrize("dry_run", [True, False])
def test_in_a_dry_run_nothing_that_may_change_something_leaves_check_mode(
    task: str, fault: bool, dry_run: bool
) -> None:
    plan, rendered = rendering(FOLDER / "hosts_conditions_batches.yml")
    changing = tuple(s.model_copy(update={"read_only": False}) for s in plan.steps)
    plan = plan.model_copy(update={"steps": changing, "options": Options(dry_run=dry_run)})
    assert PING in rendered.playbook
    broken = rendered.model_copy(update={"playbook": rendered.playbook.replace(PING, task)})
    if not (fault and dry_run):
        check_structure(broken, plan)
        return
    with pytest.raises(PlaybookFault, match="leaves check mode"):
        check_structure(broken, plan)


@pytest.mark.parametrize("platform", Platform)
def test_every_template_can_be_part_of_a_dry_run(platform: Platform) -> None:
    plan = plan_of(everything(platform), [target(platform)], Options(dry_run=True))
    rendered_of(plan, [target(platform)], FILES)
