# SPDX-License-Identifier: Apache-2.0
"""What the planner needs of memory: a process that loads it, catalogue and a large estate, and reads many requests.

Nothing but the planner and what it needs is imported here: test tools are larger than it.
"""

import json
import sys
from pathlib import Path


def resident() -> float:
    """MiB of this process now."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS:")).split()[1]) / 1024


def main() -> None:
    """Told on standard input where the catalogue is kept, an estate to grow, requests; prints one line of JSON:
    MiB of Python itself, of the process with everything loaded and one plan made, and after all requests."""
    told = json.load(sys.stdin)
    bare = resident()
    from datetime import datetime

    from opsconductor.domain.estate import Estate
    from opsconductor.playbooks.catalogue import load_catalogue, template_paths
    from planner.planner import Planner
    from tests.benchmarks.estates import grown

    planner = Planner(load_catalogue(template_paths(), cache=Path(told["cache"])))
    estate = grown(Estate.model_validate(told["estate"]), told["assets"], told["groups"])
    now = datetime.fromisoformat(told["now"])
    planner.propose("ping everything", estate, now, plan_id="p")
    loaded = resident()
    for text in told["texts"]:
        planner.propose(text, estate, now, plan_id="p")
    sys.stdout.write(json.dumps({"bare": bare, "loaded": loaded, "used": resident()}) + "\n")


if __name__ == "__main__":
    main()
