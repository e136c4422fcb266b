# SPDX-License-Identifier: Apache-2.0
"""How soon a job on fifty targets has its supervisor, in a small fleet and in a large one.

From the launch, approval compared with what is there, to the slice that a supervisor is asked to run; the supervisor
itself knows only its slice and is left out.
"""

import time
from pathlib import Path

from pydantic import SecretStr

from opsconductor.domain.credentials import CredentialKind
from opsconductor.domain.specs import GroupEdit
from opsconductor.services.credentials import CredentialSpec
from opsconductor.services.dispatching import Dispatcher
from opsconductor.settings import Settings
from opsconductor.wiring import Container, open_container
from tests.benchmarks.world import ACTOR
from tests.fixtures.scripted_supervisors import ScriptedSupervisors, finish
from tests.lab.access import new_key

SMALL, LARGE = 1_000, 50_000
TARGETS, RUNS = 50, 9
SENTENCE = "Restart cron on all servers in group 'Fifty'"


def measure(folder: Path) -> tuple[list[float], list[float]]:
    """Seconds of each start, (small, large), taken in turns."""
    small, large = Settings(home=folder / "small"), Settings(home=folder / "large")
    with open_container(small) as few, open_container(large) as many:
        places = []
        for container, count in ((few, SMALL), (many, LARGE)):
            _fill(container, count)
            places.append((container, _plan(container), ScriptedSupervisors()))
        taken: tuple[list[float], list[float]] = ([], [])
        for number in range(RUNS + 1):
            for (container, plan, supervisors), times in zip(places, taken, strict=True):
                took = _start(container, plan, supervisors)
                if number:  # the first one of a process reads the estate
                    times.append(took)
    return taken


def _fill(container: Container, count: int) -> None:
    lines = ["name,platform,address,groups"]
    for number in range(count):
        group = "Fifty" if number < TARGETS else f"Rack {number % 400}"
        address = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        lines.append(f"host-{number:05},linux,{address},{group}")
    container.imports.run("\n".join(lines).encode(), "fleet.csv", ACTOR)
    kind, public = new_key("fleet").public.split()[:2]
    known = "\n".join(f"10.0.0.{number} {kind} {public}" for number in range(TARGETS))
    container.imports.run(known.encode(), "known_hosts", ACTOR)
    key = CredentialSpec(
        name="key", kind=CredentialKind.SSH_KEY, user="operator", value=SecretStr(new_key("k").private)
    )
    container.credentials.add(key, ACTOR)
    container.groups.edit("Fifty", GroupEdit(credential="key"), ACTOR)
    assert len(container.assets.estate().assets) == count


def _plan(container: Container) -> str:
    record = container.planning.propose(SENTENCE, ACTOR)
    assert len(record.plan.targets.names) == TARGETS, record.plan
    return record.plan.id


def _start(container: Container, plan: str, supervisors: ScriptedSupervisors) -> float:
    record = container.planning.with_verdict(plan)
    container.approving.approve(plan, record.digest or "", ACTOR)
    dispatcher = Dispatcher(
        container.database,
        container.broker,
        supervisors,
        container.dispatcher.burying,
        approvals=lambda: container.approving,
        settings=container.settings,
    )
    began = time.perf_counter()
    container.launching.launch(plan, ACTOR)
    dispatcher.tick()
    pieces = supervisors.take()
    took = time.perf_counter() - began
    assert [len(piece.targets) for piece in pieces] == [TARGETS]
    for piece in pieces:
        finish(container.database, piece)
    dispatcher.tick()
    return took
