# SPDX-License-Identifier: Apache-2.0
"""Whether the job did on every host what it says, judged from the hosts' side and not from its own records."""

import hashlib
from typing import Any

from opsconductor.cli.demo.site import NEW_VERSION, OLD_VERSION, PROGRAM, SERVICE, Site, program
from opsconductor.domain.results import Result, ResultStatus

#: Where backups are kept on a Windows target, in lower case.
BACKUPS = "c:\\programdata\\opsconductor\\"


def _sha256(version: str) -> str:
    return hashlib.sha256(program(version)).hexdigest()


def host_faults(name: str, state: dict[str, Any], site: Site) -> list[str]:
    """What is not as it should be on one host after the job; empty when all is well."""
    faults = []
    denied = name == site.denied_name
    files = {path.lower(): view for path, view in state["files"].items()}
    present = files.get(PROGRAM.lower(), {}).get("sha256")
    if present != _sha256(OLD_VERSION if denied else NEW_VERSION):
        faults.append(f"{name}: {PROGRAM} is not version {OLD_VERSION if denied else NEW_VERSION}")
    old = _sha256(OLD_VERSION)
    backups = [p for p, v in files.items() if p.startswith(BACKUPS) and v.get("sha256") == old]
    if len(backups) != 1:
        faults.append(f"{name}: {len(backups)} backups of version {OLD_VERSION}, not one")
    running = state["services"][SERVICE]["state"] == "running"
    if denied and running:
        faults.append(f"{name}: the service was started although the copy failed")
    if not denied and not running:
        faults.append(f"{name}: the service does not run")
    return faults


def result_faults(results: list[Result], intents: list[str], site: Site) -> list[str]:
    """What the job's own record should say and does not."""
    faults = []
    stop, copy = intents.index("service.stop") + 1, intents.index("file.copy") + 1
    cells = {(r.step, r.target): r.status for r in results}
    skipped = {target for (step, target), status in cells.items() if step == stop and status is ResultStatus.SKIPPED}
    if skipped != site.stopped_names:
        faults.append(f"skipped at the stop step: {sorted(skipped)}, not {sorted(site.stopped_names)}")
    failed = {(step, target) for (step, target), status in cells.items() if status is ResultStatus.FAILED}
    if failed != ({(copy, site.denied_name)} if site.denied_name else set()):
        faults.append(f"failed cells: {sorted(failed, key=str)}")
    if site.denied_name:
        later = {status for (step, target), status in cells.items() if target == site.denied_name and step > copy}
        if later != {ResultStatus.NOT_RUN}:
            faults.append(f"{site.denied_name} took further steps after its failure: {sorted(later)}")
    return faults
