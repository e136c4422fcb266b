# SPDX-License-Identifier: Apache-2.0
"""The root file system that all hosts share read-only, made once per recipe."""

import contextlib
import fcntl
import hashlib
import json
import os
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.lab import apt, repository
from tests.lab.errors import LabError
from tests.lab.tool import run

CHECKOUT = Path(__file__).resolve().parents[2]
CACHE = CHECKOUT / ".lab"
PACKAGES = (
    "systemd", "systemd-sysv", "dbus", "openssh-server", "python3", "python3-apt", "sudo",
    "iproute2", "procps", "netbase", "ca-certificates", "curl", "util-linux", "passwd",
)  # fmt: skip
# Units that would hold dpkg's lock or wait for a network that is not there.
MASKED = ("apt-daily.timer", "apt-daily-upgrade.timer", "systemd-networkd-wait-online.service")
SSHD = """\
HostKey /etc/ssh/ssh_host_ed25519_key
PermitRootLogin prohibit-password
UseDNS no
MaxStartups 200
Match User root,ops
  PasswordAuthentication no
Match User deploy
  PubkeyAuthentication no
  PasswordAuthentication yes
"""
CUSTOMIZE = """\
set -eu
rm -f "$1"/etc/ssh/ssh_host_*
for user in ops deploy; do chroot "$1" useradd --create-home --shell /bin/bash "$user"; done
chroot "$1" usermod --append --groups sudo ops
for unit in {masked}; do ln -sf /dev/null "$1/etc/systemd/system/$unit"; done
printf %s {sshd} > "$1/etc/ssh/sshd_config.d/lab.conf"
"""
REVISION = 2


@dataclass(frozen=True)
class Image:
    """A built image: its root folder and the guests' package repository that belongs to it."""

    folder: Path

    @property
    def root(self) -> Path:
        """The root file system; never written to."""
        return self.folder / "root"

    @property
    def repository(self) -> repository.Repository:
        """The packages that hosts can install."""
        return repository.Repository(self.folder / "repository")


def ensure(progress: Callable[[str], None], cache: Path = CACHE) -> Image:
    """Return the image of the present recipe; build it first when it is not in *cache* (a minute, 400 MB)."""
    sources = apt.sources(progress)
    recipe = _recipe(sources)
    image = Image(cache / "images" / hashlib.sha256(recipe.encode()).hexdigest()[:16])
    if image.folder.is_dir():
        return image
    with _locked(cache):
        if not image.folder.is_dir():
            _discard_leftovers(image.folder.parent)
            _build(image, sources, recipe, progress)
    return image


def _recipe(sources: tuple[str, ...]) -> str:
    parts = [REVISION, apt.codename(), sources, PACKAGES, MASKED, SSHD, CUSTOMIZE]
    return json.dumps([*parts, repository.PACKAGES, repository.DOWNLOAD, repository.GUEST_SOURCE])


@contextlib.contextmanager
def _locked(cache: Path) -> Iterator[None]:
    (cache / "images").mkdir(parents=True, exist_ok=True)
    with (cache / "image.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _discard_leftovers(images: Path) -> None:
    """Remove what killed builds left; nothing else builds while the caller holds the lock."""
    mounts = Path("/proc/self/mountinfo").read_text()
    for partial in images.glob("*.partial"):
        if f" {partial}" in mounts:
            raise LabError(f"{partial} still has something mounted in it: unmount that and start again")
        run(["rm", "-rf", "--one-file-system", partial], timeout=120)


def _build(image: Image, sources: tuple[str, ...], recipe: str, progress: Callable[[str], None]) -> None:
    partial = image.folder.with_suffix(".partial")
    built = Image(partial)
    (partial / "repository").mkdir(parents=True)
    progress(f"building the image for lab hosts ({apt.codename()}, about a minute, once)")
    run(_mmdebstrap(built, sources), env=_environment(built), timeout=900)
    built.repository.index()
    _offer_repository(built)
    (built.root / "etc/resolv.conf").write_text("")  # the machine's name servers are out of the hosts' reach
    (partial / "recipe.json").write_text(recipe)
    partial.rename(image.folder)
    progress(f"image {_megabytes(image.root)} MB, package repository {_megabytes(image.repository.folder)} MB")


def _mmdebstrap(image: Image, sources: tuple[str, ...]) -> list[str | Path]:
    customize = CUSTOMIZE.format(masked=" ".join(MASKED), sshd=shlex.quote(SSHD))
    # In namespaces of its own: when this process is killed, the build ends and leaves no mount behind.
    cage = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    return [
        *cage,
        "mmdebstrap",
        "--quiet",
        "--mode=root",
        "--variant=apt",
        f"--include={','.join(PACKAGES)}",
        *(f"--aptopt={line}" for line in apt.options()),
        f"--customize-hook={customize}",
        f"--customize-hook={repository.DOWNLOAD}",
        apt.codename(),
        image.root,
        *sources,
    ]


def _environment(image: Image) -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C.UTF-8", "LAB_REPOSITORY": str(image.repository.folder)}


def _offer_repository(image: Image) -> None:
    """Make the repository the hosts' only package source, its lists read: a fresh host needs no apt-get update."""
    etc = image.root / "etc/apt"
    (etc / "sources.list").write_text(repository.GUEST_SOURCE)
    for extra in (etc / "sources.list.d").iterdir():
        extra.unlink()
    inside = image.root / repository.MOUNT_POINT.relative_to("/")
    inside.mkdir(parents=True)
    script = 'mount --bind "$1" "$2" && chroot "$3" apt-get update -q'
    run(["unshare", "--mount", "sh", "-c", script, "sh", image.repository.folder, inside, image.root])


def _megabytes(folder: Path) -> int:
    return int(run(["du", "-sm", folder]).split()[0])
