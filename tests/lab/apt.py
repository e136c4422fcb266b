# SPDX-License-Identifier: Apache-2.0
"""The machine's own package sources and tools: the lab names no mirror, it uses the one that is configured here."""

import os
from collections.abc import Callable
from pathlib import Path
from platform import freedesktop_os_release

from tests.lab.errors import LabError, LabUnavailable
from tests.lab.tool import run

# A dated mirror needs the same leniency in the image build as on the machine; a proxy likewise.
CARRIED_OPTIONS = (
    "Acquire::Check-Valid-Until",
    "Acquire::Check-Date",
    "Acquire::http::Proxy",
    "Acquire::https::Proxy",
    "Acquire::Retries",
)
TARGET_FORMAT = "$(ORIGIN)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)"


def sources(progress: Callable[[str], None]) -> tuple[str, ...]:
    """Return the distribution's own sources (no third party's) as one-line entries, in the order apt has them."""
    found = _configured()
    if not found:
        progress("apt-get update")
        run(["apt-get", "update", "-q"], timeout=300)
        found = _configured()
    if not found:
        raise LabUnavailable("apt has no package source of this distribution (apt-get indextargets lists none)")
    return found


def _configured() -> tuple[str, ...]:
    distribution = freedesktop_os_release().get("ID", "").lower()
    output = run(["apt-get", "indextargets", "--format", TARGET_FORMAT, "Created-By: Packages"])
    entries = []
    for line in output.splitlines():
        origin, uri, release, component = line.split("|")
        entry = f"deb {uri} {release} {component}"
        if origin.lower() == distribution and entry not in entries:
            entries.append(entry)
    return tuple(entries)


def codename() -> str:
    """Return the code name of the machine's release, such as bookworm."""
    name = freedesktop_os_release().get("VERSION_CODENAME")
    if not name:
        raise LabUnavailable("/etc/os-release has no VERSION_CODENAME, so there is no release to build hosts from")
    return name


def options() -> tuple[str, ...]:
    """Return the machine's apt settings that a build from the same sources needs, as lines of apt.conf."""
    dump = run(["apt-config", "dump", "--no-empty", *CARRIED_OPTIONS])
    return tuple(line for line in dump.splitlines() if line.startswith(tuple(f"{name} " for name in CARRIED_OPTIONS)))


def install(packages: tuple[str, ...], progress: Callable[[str], None]) -> None:
    """Install *packages* on this machine when any is missing."""
    missing = [name for name in packages if not Path(f"/var/lib/dpkg/info/{name}.list").exists()]
    if not missing:
        return
    progress(f"installing {' '.join(missing)} with apt-get")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "install", "--yes", "--no-install-recommends", "-q", *missing]
    try:
        run(command, env=environment, timeout=300)
    except LabError:
        run(["apt-get", "update", "-q"], timeout=300)
        run(command, env=environment, timeout=300)
