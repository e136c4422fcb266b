# SPDX-License-Identifier: Apache-2.0
"""`make bench`: measures, prints the figures, writes build/bench.json (name → ratio; smaller is better).

make bench ARGS="ssh recording"     those parts alone; the other figures of the file stay
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from opsconductor.settings import Settings
from opsconductor.wiring import open_container
from tests.benchmarks import files, fleet, job, reading, recording, sentence, ssh_job
from tests.benchmarks.world import fill

OUT = Path("build/bench.json")


def main() -> None:
    """Runs every benchmark, or those that are named; what one has found is kept if a later one fails."""
    parser = argparse.ArgumentParser(prog="make bench", description="Measure against the goals and the plain tools.")
    parser.add_argument("part", nargs="*", choices=[*PARTS, []], metavar="|".join(PARTS), help="default: all of them")
    named: list[str] = parser.parse_args().part
    ratios: dict[str, float] = json.loads(OUT.read_text(encoding="utf-8")) if named and OUT.exists() else {}
    OUT.parent.mkdir(exist_ok=True)
    for name, measure in PARTS.items():
        if not named or name in named:
            found = {key: round(ratio, 3) for key, ratio in measure().items()}
            ratios |= found
            OUT.write_text(json.dumps(ratios, indent=2) + "\n", encoding="utf-8")
            for key, ratio in found.items():
                say(f"{key}: {ratio:.2f}")
    say(f"Written to {OUT}.")


def measure_recording() -> dict[str, float]:
    """What keeping the events of a job costs."""
    with tempfile.TemporaryDirectory(prefix="opsconductor-bench-") as name:
        return recording.measure(Path(name))


def measure_fleet() -> dict[str, float]:
    """The start of a job in a small fleet and in a large one."""
    with tempfile.TemporaryDirectory(prefix="opsconductor-bench-") as name:
        small, large = fleet.measure(Path(name))
    say(f"start of a job among {fleet.SMALL}:  {millis(small)}")
    say(f"start of a job among {fleet.LARGE}: {millis(large)}")
    return {"fleet_50k_vs_1k": statistics.median(large) / statistics.median(small)}


def measure_windows() -> dict[str, float]:
    """From the sentence to the plan, the job of it on simulated Windows hosts, and a large file to one of them."""
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
    return {
        "sentence_to_commit": p95 / sentence.GOAL,
        "windows_vs_tuned": statistics.median(as_job) / statistics.median(plain),
        "file_fetched_vs_winrm": statistics.median(copied) / statistics.median(fetched),
    }


def measure_ssh() -> dict[str, float]:
    """Fifty SSH targets: a job in either profile against plain ansible-playbook, and how soon a job shows something.

    Sockets need short paths on a tmpfs, so the measured installation has a runtime folder of its own.
    """
    with tempfile.TemporaryDirectory(prefix="ob-", dir="/dev/shm") as name:
        before = os.environ.get("XDG_RUNTIME_DIR")
        os.environ["XDG_RUNTIME_DIR"] = name
        try:
            times = ssh_job.measure(Path(name) / "ssh", say)
        finally:
            os.environ.pop("XDG_RUNTIME_DIR")
            if before is not None:
                os.environ["XDG_RUNTIME_DIR"] = before
    say(f"ssh, fast, first job:     {seconds(times.first)}")
    say(f"ssh, fast, next job:      {seconds(times.hot)}")
    say(f"ssh, plain (cold):        {seconds(times.cold)}")
    say(f"ssh, plain (warm):        {seconds(times.job)}")
    say(f"ssh, tuned:               {seconds(times.tuned)}")
    say(f"ssh, default settings:    {seconds(times.default)}")
    starts = (times.first_event, times.first_result, times.hot_event, times.hot_result)
    event, result, hot_event, hot_result = (percentile95(taken) for taken in starts)
    say(f"first_event: p95 {event * 1000:.0f} ms; first_result: p95 {result * 1000:.0f} ms")
    say(f"the same, fast: p95 {hot_event * 1000:.0f} ms; {hot_result * 1000:.0f} ms")
    tuned, default = statistics.median(times.tuned), statistics.median(times.default)
    return {
        "job_hot_vs_tuned": statistics.median(times.hot) / tuned,
        "job_first_vs_tuned": statistics.median(times.first) / tuned,
        "job_hot_vs_default": statistics.median(times.hot) / default,
        "job_plain_vs_tuned": statistics.median(times.job) / tuned,
        "job_plain_first_vs_tuned": statistics.median(times.cold) / tuned,
        "job_plain_vs_default": statistics.median(times.job) / default,
        "first_event": event / ssh_job.EVENT_GOAL,
        "first_result": result / ssh_job.RESULT_GOAL,
        "first_event_hot": hot_event / ssh_job.EVENT_GOAL,
        "first_result_hot": hot_result / ssh_job.RESULT_GOAL,
    }


def percentile95(taken: list[float]) -> float:
    """The time that one of twenty runs exceeds."""
    return statistics.quantiles(taken, n=20, method="inclusive")[-1]


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


def millis(taken: list[float]) -> str:
    """Each run and the median."""
    return ", ".join(f"{t * 1000:.0f}" for t in taken) + f" ms (median {statistics.median(taken) * 1000:.0f} ms)"


def rates(measured: list[float]) -> str:
    """Each run and the median."""
    return ", ".join(f"{r:.1f}" for r in measured) + f" MB/s (median {statistics.median(measured):.1f} MB/s)"


def say(text: str) -> None:
    """One line, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


PARTS: dict[str, Callable[[], dict[str, float]]] = {
    "reading": measure_reading,
    "recording": measure_recording,
    "fleet": measure_fleet,
    "windows": measure_windows,
    "ssh": measure_ssh,
}

if __name__ == "__main__":
    main()
