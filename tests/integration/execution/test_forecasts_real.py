# SPDX-License-Identifier: Apache-2.0
"""How good forecasts are of real jobs on light hosts over SSH, one of which fails and one of which is slow.

The sample is a simulation: tests/unit/domain/test_forecast_accuracy.py.
"""

import random
import sys
from collections.abc import Sequence

import pytest

from opsconductor.domain.inventory import BoundTarget
from opsconductor.domain.plans import Options
from opsconductor.domain.results import Role
from tests.fixtures.job_world import Task, World
from tests.fixtures.light_hosts import bind
from tests.lab.lab import Lab

#: Intent → seconds that it sleeps on a host of pace 1.
STEPS = {"test.look": 1.5, "test.stop": 4.0, "test.copy": 8.0, "test.start": 6.0}
#: Jobs that make the history, and jobs that are measured.
BEFORE, MEASURED = 8, 30
OPTIONS: tuple[dict[str, object], ...] = ({}, {}, {"batch": 4}, {"canary": 1}, {"batch": "50%", "pause": 3})
SLEEP = (
    "sleep $(awk -v s={seconds} 'BEGIN {{getline p < \"/etc/pace\"; srand(); print s * p * (0.85 + 0.3 * rand())}}')"
)


def _tasks(intents: Sequence[str]) -> list[Task]:
    tasks = []
    for n, intent in enumerate(intents, start=1):
        sleep = SLEEP.format(seconds=STEPS[intent]).replace("'", "''")
        tasks += [
            Task(n, Role.GUARD, "ansible.builtin.command: 'true'\nchanged_when: false", last=False),
            Task(n, Role.MAIN, f"ansible.builtin.command: {{argv: [sh, -c, '{sleep}']}}", last=False),
        ]
        fails = "test -e /etc/fails" if intent == "test.copy" else "false"
        tasks.append(
            Task(n, Role.VERIFY, f"ansible.builtin.command: {{argv: [sh, -c, '! {fails}']}}\nchanged_when: false")
        )
    return tasks


def _run(world: World, rng: random.Random, targets: Sequence[BoundTarget]) -> str:
    chosen = rng.sample(list(targets), rng.randint(3, len(targets)))
    intents = rng.choices(sorted(STEPS), k=rng.randint(2, 4))
    options = Options.model_validate(rng.choice(OPTIONS))
    plan = world.plan(_tasks(intents), chosen, options=options, intents=intents)
    job = world.launching.launch(plan, "local:tester")
    world.ended(job.id, timeout=600)
    return job.id


def say(line: str) -> None:
    """Figures for whoever watches (`pytest -s`)."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@pytest.mark.soak
def test_four_of_five_real_jobs_end_when_they_were_said_to(world: World, linux_lab: Lab) -> None:
    hosts = linux_lab.up_light(*(f"paced-{n}" for n in range(8)))
    rng = random.Random(11)
    try:
        for number, host in enumerate(hosts):
            pace = 5.0 if number == 3 else rng.uniform(0.5, 2.0)
            host.run("sh", "-c", f"echo {pace:.2f} > /etc/pace")
        hosts[5].run("touch", "/etc/fails")
        targets = bind(world, hosts)
        for _ in range(BEFORE):
            _run(world, rng, targets)
        checks = []
        for number in range(MEASURED):
            job = _run(world, rng, targets)
            checked = world.forecasting.check(job)
            assert checked is not None
            assert checked.first is not None
            first = checked.first
            say(
                f"{number}: took {checked.took:.1f}, said first {first.seconds} ({first.low} to {first.high}), "
                f"worst {checked.worst}, held {checked.held}, {checked.told} told"
            )
            checks.append(checked)
        good = sum(c.worst is not None and c.worst <= 0.2 for c in checks)
        say(f"{good} of {len(checks)} within 20 % at every forecast from a quarter of their time on")
        assert good >= 0.8 * len(checks)
    finally:
        linux_lab.down(hosts)
