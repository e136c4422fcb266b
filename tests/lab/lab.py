# SPDX-License-Identifier: Apache-2.0
"""A run of the lab: one slot, one image, its access, its hosts."""

import json
import os
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from tests.lab import access, image, machine, network, slot
from tests.lab.host import Host
from tests.lab.light_host import LightHost
from tests.lab.linux_host import LinuxHost
from tests.lab.tool import run

AnyHost = TypeVar("AnyHost", bound=Host)
KINDS: dict[str, type[Host]] = {kind.__name__: kind for kind in (LinuxHost, LightHost)}


@dataclass
class Lab:
    """The hosts of one run; made by open_lab or found again by find."""

    slot: slot.Slot
    image: image.Image
    access: access.Access
    label: str
    checkout: str
    lock: int | None = None  # the lock's descriptor where this process owns the run
    hosts: dict[int, Host] = field(default_factory=dict)

    def up(self, *names: str, keep: bool = False) -> list[LinuxHost]:
        """Start a host per name, all at once; return them when all are ready. With *keep* they outlive this process."""
        return self._start(LinuxHost, names, self.lock if keep else None)

    def up_light(self, *names: str) -> list[LightHost]:
        """Start a light host per name, up to some 1000 a run; they live until down or close."""
        return self._start(LightHost, names, None)

    def _start(self, kind: type[AnyHost], names: Sequence[str], keep: int | None) -> list[AnyHost]:
        started = []
        for name in names:
            index = min(set(range(len(self.hosts) + 1)) - set(self.hosts))
            host = kind(name, index, self.slot, self.image, self.access)
            self.hosts[index] = host
            started.append(host)
        try:
            with ThreadPoolExecutor(max_workers=8) as pool:
                list(pool.map(lambda host: host.start(keep), started))
                list(pool.map(lambda host: host.wait_until_ready(), started))
        except BaseException:
            self.down(started)
            raise
        return started

    def down(self, hosts: Sequence[Host]) -> None:
        """End these hosts and remove all of them."""
        with ThreadPoolExecutor(max_workers=8) as pool:
            list(pool.map(lambda host: host.down(), hosts))
        for host in hosts:
            self.hosts.pop(host.index, None)

    def close(self) -> None:
        """End all hosts and remove the run."""
        self.down(list(self.hosts.values()))
        if self.lock is None:
            self.lock = slot.lock(self.slot, wait=True)
        with machine.locked():
            _remove(self.slot)
            if self.lock is not None:
                os.close(self.lock)
            self.lock = None
            if not any(other.folder.exists() for other in slot.every()):
                machine.restore_limits()


def open_lab(label: str, progress: Callable[[str], None]) -> Lab:
    """Begin a run without hosts, after removing what dead runs left; raise LabUnavailable where this machine can't."""
    machine.prepare(progress)
    built = image.ensure(progress)
    prune()
    with machine.locked():
        place, lock = slot.claim()
        place.folder.mkdir()
        try:
            run(["mount", "-t", "tmpfs", "-o", "mode=0711", "opsconductor-lab", place.folder])
            allowed = access.create(place.folder)
            allowed.save(place.folder / "access.json")
            access.write_layer(allowed, built.root, place.folder / "layer")
            network.raise_bridge(place)
            machine.raise_limits()
            state = {"label": label, "checkout": str(image.CHECKOUT), "image": str(built.folder)}
            (place.folder / "run.json").write_text(json.dumps(state))
        except BaseException:
            _remove(place)
            os.close(lock)
            raise
    return Lab(place, built, allowed, label, str(image.CHECKOUT), lock)


def load(place: slot.Slot) -> Lab | None:
    """Return the run whose state lies in the slot, living or dead, or None."""
    try:
        state = json.loads((place.folder / "run.json").read_text())
        allowed = access.Access.load(place.folder / "access.json")
        lab = Lab(place, image.Image(Path(state["image"])), allowed, state["label"], state["checkout"])
        for file in sorted(place.folder.glob("hosts/*/host.json")):
            fields = json.loads(file.read_text())
            kind = KINDS[fields.pop("kind")]
            lab.hosts[fields["index"]] = kind(**fields, slot=place, image=lab.image, access=allowed)
    except FileNotFoundError:  # it is being made or removed right now
        return None
    return lab


def runs() -> list[Lab]:
    """Return all runs on this machine, living or dead."""
    return [lab for place in slot.every() if (lab := load(place)) is not None]


def find(label: str) -> Lab | None:
    """Return this checkout's run of that name, or None."""
    return next((lab for lab in runs() if (lab.label, lab.checkout) == (label, str(image.CHECKOUT))), None)


def prune() -> list[int]:
    """Remove what runs whose owner is gone have left; return their slots' numbers."""
    pruned = []
    for place in slot.every():
        if not place.folder.exists():
            continue
        lock = slot.lock(place)
        if lock is None:
            continue
        try:
            _remove(place)
            pruned.append(place.number)
        finally:
            os.close(lock)
    return pruned


def _remove(place: slot.Slot) -> None:
    """Remove all that the slot's run made; the caller holds its lock."""
    lab = load(place)
    if lab is not None:
        lab.down(list(lab.hosts.values()))
    network.remove_bridge(place)
    if os.path.ismount(place.folder):
        run(["umount", "--recursive", "--lazy", place.folder])
    shutil.rmtree(place.folder, ignore_errors=True)
