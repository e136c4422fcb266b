# SPDX-License-Identifier: Apache-2.0
"""How long the planner takes from a request to its validated plan, on large estates, and what it needs of memory."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import yaml

from opsconductor.domain.estate import Estate
from opsconductor.playbooks.catalogue import load_catalogue, template_paths
from planner.planner import Planner
from tests.benchmarks.estates import grown
from tests.unit.planner.conftest import NOW, load_cases, load_estate

#: Milliseconds of this process that a request may take on an estate of that many assets and groups: p50, p95.
GOALS = {(10_000, 500): (3.0, 10.0), (100_000, 3000): (None, 25.0)}
#: Milliseconds that catalogue and estate view may take, and MiB of the process.
LOAD_GOAL, MEMORY_GOAL = 300.0, 80.0
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """Milliseconds of process time per request, and of a plain parser for the same requests' plans as YAML."""

    p50: float
    p95: float
    parsing: float  #: median of yaml.CSafeLoader over the plan


def texts() -> list[str]:
    """The requests of the tests: tasks, refusals and every way to say where."""
    found = [row["text"] for name in ("tasks", "refusals", "questions") for row in load_cases(name) if "text" in row]
    return [*found, *(f"restart nginx on {row['where']}" for row in load_cases("targets"))]


def measure(assets: int, groups: int) -> Reading:
    """The fastest of some rounds of every request, and of parsing its plan."""
    planner = Planner(load_catalogue(template_paths()))
    estate = grown(load_estate("works"), assets, groups)
    planner.propose("restart nginx on all servers", estate, NOW, plan_id="warm")
    taken, parsed = [], []
    for text in texts():
        taken.append(_fastest(partial(planner.propose, text, estate, NOW, plan_id="p")))
        plan = planner.propose(text, estate, NOW, plan_id="p")
        if len(plan.targets.resolved) <= 100:
            written = yaml.dump(json.loads(plan.model_dump_json()), Dumper=yaml.CSafeDumper)
            parsed.append(_fastest(partial(yaml.load, written, yaml.CSafeLoader)))
    cuts = statistics.quantiles(taken, n=20, method="inclusive")
    return Reading(statistics.median(taken), cuts[18], statistics.median(parsed))


def load_time(cache: Path, assets: int, groups: int) -> float:
    """Milliseconds of process time for catalogue (kept from the time before), vocabulary and the estate's index."""
    load_catalogue(template_paths(), cache=cache)
    plain = grown(load_estate("works"), assets, groups)

    def load() -> None:
        estate = Estate(assets=plain.assets, groups=plain.groups, files=plain.files)
        Planner(load_catalogue(template_paths(), cache=cache)).propose("ping everything", estate, NOW, plan_id="p")

    return _fastest(load)


@dataclass(frozen=True, slots=True)
class Memory:
    """MiB of a process: Python itself, with everything loaded and one plan made, and after all requests."""

    bare: float
    loaded: float
    used: float


def memory(cache: Path, assets: int, groups: int) -> Memory:
    """What a fresh process needs, with a catalogue that was kept by an earlier one, as every start but the first."""
    load_catalogue(template_paths(), cache=cache)
    estate = load_estate("works").model_dump(mode="json")
    told = {"cache": str(cache), "estate": estate, "assets": assets, "groups": groups, "now": NOW.isoformat()}
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.memory"],
        input=json.dumps({**told, "texts": texts()}),
        capture_output=True,
        text=True,
        check=True,
    )
    return Memory(**json.loads(done.stdout))


def _fastest(work: Callable[[], object]) -> float:
    found = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        found.append((time.process_time() - began) * 1000)
    return min(found)
