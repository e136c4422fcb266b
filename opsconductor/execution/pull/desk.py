# SPDX-License-Identifier: Apache-2.0
"""What a slice's targets may fetch: offers from the checked-out commit, a server, and the variables that name it."""

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from opsconductor.clock import utc_now
from opsconductor.domain.inventory import BoundTarget
from opsconductor.execution.pull.certificate import make_identity
from opsconductor.execution.pull.server import Heard, PullApp, PullServer
from opsconductor.execution.pull.tickets import Offer, TicketBook
from opsconductor.settings import Settings

#: Host variables: what can be fetched with the authority to trust, and the addresses, which are secrets.
PUBLIC, SECRET = "opsc_pull", "opsc_pull_url"


@dataclass(frozen=True)
class Handed:
    """What the desk hands to a slice; without a server nothing."""

    #: Target name → host variables.
    variables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    #: Parts of the addresses that nobody else may know.
    secrets: tuple[str, ...] = field(repr=False, default=())


def offers(project: Path, targets: Sequence[BoundTarget]) -> list[Offer]:
    """What the steps of the checked-out commit deploy to these targets that is large."""
    listed = json.loads((project / "places.json").read_text(encoding="utf-8")).get("steps", ())
    path = project / "files.json"
    files = json.loads(path.read_text(encoding="utf-8"))["files"] if path.exists() else {}
    mine = {target.name for target in targets}
    return [
        Offer(
            step=step["n"],
            target=target,
            sha256=files[name]["sha256"],
            size=files[name]["size"],
            path=project / "files" / files[name]["sha256"] / name,
        )
        for step in listed
        for name in step.get("files", ())
        for target in step["targets"]
        if target in mine
    ]


@contextmanager
def open_desk(settings: Settings, wanted: Sequence[Offer], heard: Heard) -> Iterator[Handed]:
    """Serve these offers while the context lasts. Raises PortsTaken."""
    if settings.pull_address is None or not wanted:
        yield Handed()
        return
    lifetime = dt.timedelta(seconds=settings.pull_lifetime)
    now = utc_now()
    authority, context = make_identity(settings.pull_address, lifetime, now)
    book = TicketBook()
    app = PullApp(book, settings.transfer_rate, heard)
    with PullServer(app, context, settings.pull_listen or settings.pull_address, settings.pull_range) as server:
        paths = {(o.target, f"{o.step}/{o.sha256}"): book.issue(o, (now + lifetime).timestamp()) for o in wanted}
        place = f"https://{_bracketed(settings.pull_address)}:{server.port}"
        variables: dict[str, dict[str, Any]] = {}
        for (target, key), path in paths.items():
            own = variables.setdefault(target, {PUBLIC: {"authority": authority, "files": []}, SECRET: {}})
            own[PUBLIC]["files"].append(key)
            own[SECRET][key] = place + path
        secrets = tuple(part for path in paths.values() for part in path.split("/") if part)
        yield Handed(variables, secrets)


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address
