# SPDX-License-Identifier: Apache-2.0
"""`make bench`: measures, prints the figures, writes build/bench.json (name → ratio; smaller is better)."""

import json
import statistics
import sys
import tempfile
from pathlib import Path

from opsconductor.settings import Settings
from opsconductor.wiring import open_container
from tests.benchmarks import job, sentence
from tests.benchmarks.world import fill

OUT = Path("build/bench.json")


def main() -> None:
    """Runs every benchmark on an installation of its own."""
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
    ratios = {
        "sentence_to_commit": p95 / sentence.GOAL,
        "job_plain_vs_tuned": statistics.median(as_job) / statistics.median(plain),
    }
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps({name: round(ratio, 3) for name, ratio in ratios.items()}, indent=2) + "\n")
    for name, ratio in ratios.items():
        say(f"{name}: {ratio:.2f}")
    say(f"Written to {OUT}.")


def seconds(taken: list[float]) -> str:
    """Each run and the median."""
    return ", ".join(f"{t:.1f} s" for t in taken) + f" (median {statistics.median(taken):.1f} s)"


def say(text: str) -> None:
    """One line, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
