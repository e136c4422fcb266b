# SPDX-License-Identifier: Apache-2.0
"""The hosts' package repository always has an older nginx to upgrade from, whatever the mirror holds."""

import shutil
from pathlib import Path

from tests.lab import repack
from tests.lab.lab import Lab
from tests.lab.repository import UPGRADED, Repository, compare


def test_a_mirror_with_one_nginx_gets_an_older_one_made_of_it(linux_lab: Lab, tmp_path: Path) -> None:
    full = linux_lab.image.repository
    latest = full.latest("nginx")
    for archive in full.folder.glob("*.deb"):
        if not archive.name.startswith(UPGRADED) or f"_{latest}_" in archive.name.replace("%3a", ":"):
            shutil.copy(archive, tmp_path)
    alone = Repository(tmp_path)

    alone.index()

    assert alone.versions("nginx") == (repack.older_version(latest), latest)
    assert alone.versions("nginx-common") == (repack.older_version(latest), latest)
    assert compare(alone.oldest("nginx"), latest) == -1


def test_the_made_older_nginx_installs_and_upgrades_on_a_host(linux_lab: Lab, tmp_path: Path) -> None:
    repository = linux_lab.image.repository
    latest = repository.latest("nginx")
    [host] = linux_lab.up_light("repacked")
    try:
        for package in UPGRADED:
            [archive] = repository.folder.glob(f"{package}_{latest}_*.deb")
            shutil.copy(repack.older(archive, latest, tmp_path), host.root / "opt")
        host.run("sh", "-c", "DEBIAN_FRONTEND=noninteractive apt-get install -y -q /opt/*.deb")
        assert host.package_version("nginx") == repack.older_version(latest)
        host.run("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-q", "nginx")
        assert host.package_version("nginx") == latest
    finally:
        linux_lab.down([host])
