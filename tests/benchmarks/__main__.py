# SPDX-License-Identifier: Apache-2.0
"""`make bench`: measures, prints the figures, writes build/bench.json (name → ratio; smaller is better)."""

import json
import statistics
import sys
import tempfile
from pathlib import Path

from opsconductor.settings import Settings
from opsconductor.wiring import open_container
from tests.benchmarks import files, job, reading, sentence
from tests.benchmarks.world import fill

OUT = Path("build/bench.json")


def main() -> None:
    """Runs every benchmark on an installation of its own."""
    ratios = measure_reading()
    with tempfile.TemporaryDirectory(prefix="opsconductor-bench-") as name:
        folder = Path(name)
        # Not long-lived: the lint that runs beside would share the two cores with what is measured.
        with open_container(Settings(home=folder / "home")) as container:
            fill(container, folder)
            p50, p95 = sentence.measure(container)
            say(f"sentence_to_commit: p50 {p50 * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms (goal {sentence.GOAL:g} s)")
            as_job, plain = job.measure(container, folder)
            say(f"the job:                  {seconds(as_job)}")
            say(f"tuned ansible-playbook:   {seconds(plain)}")
            fetched, copied = files.measure(folder / "files")
            say(f"a large file, fetched:    {rates(fetched)}")
            say(f"a large file, over WinRM: {rates(copied)}")
    ratios["file_fetched_vs_winrm"] = statistics.median(copied) / statistics.median(fetched)
    ratios["sentence_to_commit"] = p95 / sentence.GOAL
    ratios["job_plain_vs_tuned"] = statistics.median(as_job) / statistics.median(plain)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps({name: round(ratio, 3) for name, ratio in ratios.items()}, indent=2) + "\n")
    for name, ratio in ratios.items():
        say(f"{name}: {ratio:.2f}")
    say(f"Written to {OUT}.")


def measure_reading() -> dict[str, float]:
    """The planner alone on large estates: ratios to its goals and to parsing the plan it makes."""
    ratios = {}
    for (assets, groups), (goal50, goal95) in reading.GOALS.items():
        found = reading.measure(assets, groups)
        say(f"reading_{assets}: p50 {found.p50:.1f} ms, p95 {found.p95:.1f} ms; parsing a plan {found.parsing:.1f} ms")
        if goal50 is not None:
            ratios[f"reading_{assets}_p50"] = found.p50 / goal50
            ratios["reading_vs_yaml"] = found.p50 / found.parsing
        ratios[f"reading_{assets}_p95"] = found.p95 / goal95
    with tempfile.TemporaryDirectory(prefix="opsconductor-bench-") as name:
        load = reading.load_time(Path(name) / "cache", 10_000, 500)
        memory = reading.memory(Path(name) / "cache", 10_000, 500)
    say(f"planner_load: {load:.0f} ms")
    say(f"planner_memory: Python {memory.bare:.0f}, loaded {memory.loaded:.0f}, after all {memory.used:.0f} MiB")
    return {**ratios, "planner_load": load / reading.LOAD_GOAL, "planner_memory": memory.used / reading.MEMORY_GOAL}


def seconds(taken: list[float]) -> str:
    """Each run and the median."""
    return ", ".join(f"{t:.1f} s" for t in taken) + f" (median {statistics.median(taken):.1f} s)"


def rates(measured: list[float]) -> str:
    """Each run and the median."""
    return ", ".join(f"{r:.1f}" for r in measured) + f" MB/s (median {statistics.median(measured):.1f} MB/s)"


def say(text: str) -> None:
    """One line, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
