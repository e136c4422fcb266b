# SPDX-License-Identifier: Apache-2.0
"""The package repository of the hosts, which have no way out: real packages, nginx in two versions."""

import functools
import gzip
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.lab import repack
from tests.lab.errors import LabError
from tests.lab.tool import run

MOUNT_POINT = Path("/srv/repository")
GUEST_SOURCE = f"deb [trusted=yes] file:{MOUNT_POINT} ./\n"
UPGRADED = ("nginx", "nginx-common")
PACKAGES = (*UPGRADED, "htop", "tree", "cron", "logrotate", "git", "ufw", "firewalld", "nftables", "tzdata")
# Runs while the image is built: mmdebstrap's apt knows the sources and what the image has already.
DOWNLOAD = f"""\
set -eu
export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG"
cd "$LAB_REPOSITORY"
apt-get --yes -q --no-install-recommends --download-only -o Dir::Cache::archives="$LAB_REPOSITORY" \\
  -o APT::Sandbox::User=root install {" ".join(PACKAGES)}
for version in $(apt-cache madison {UPGRADED[0]} | cut -d'|' -f2 | sort -u); do
  for package in {" ".join(UPGRADED)}; do
    apt-get -q -o APT::Sandbox::User=root download "$package=$version"
  done
done
rm -rf partial lock
"""


@dataclass(frozen=True)
class Repository:
    """A flat apt repository in *folder*; hosts see it at MOUNT_POINT."""

    folder: Path

    def versions(self, package: str) -> tuple[str, ...]:
        """Return the versions of *package*, oldest first; raise LabError when it is not there."""
        found = {entry["Version"] for entry in self._entries() if entry["Package"] == package}
        if not found:
            raise LabError(f"the repository has no package {package}: add it to PACKAGES in {__name__}")
        return tuple(sorted(found, key=functools.cmp_to_key(compare)))

    def latest(self, package: str) -> str:
        """Return the newest version of *package*, the one apt would upgrade to."""
        return self.versions(package)[-1]

    def oldest(self, package: str) -> str:
        """Return the oldest version of *package*."""
        return self.versions(package)[0]

    def index(self) -> None:
        """Write the package lists; where the mirror has one nginx only, make an older one of it first."""
        self._write_lists()
        if len(self.versions(UPGRADED[0])) == 1:
            latest = self.latest(UPGRADED[0])
            for package in UPGRADED:
                [archive] = self.folder.glob(f"{package}_*.deb")
                repack.older(archive, latest, self.folder)
            self._write_lists()

    def _write_lists(self) -> None:
        packages = run(["dpkg-scanpackages", "--multiversion", "."], cwd=self.folder)
        (self.folder / "Packages").write_text(packages)
        (self.folder / "Packages.gz").write_bytes(gzip.compress(packages.encode()))

    def _entries(self) -> list[dict[str, str]]:
        paragraphs = (self.folder / "Packages").read_text().split("\n\n")
        return [
            dict(line.split(": ", 1) for line in paragraph.splitlines() if ": " in line and not line.startswith(" "))
            for paragraph in paragraphs
            if paragraph.strip()
        ]


def compare(one: str, other: str) -> int:
    """Return -1, 0 or 1 as dpkg orders the two versions."""
    if one == other:
        return 0
    lower = subprocess.run(["dpkg", "--compare-versions", one, "lt", other], check=False).returncode == 0
    return -1 if lower else 1
