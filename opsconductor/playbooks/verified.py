# SPDX-License-Identifier: Apache-2.0
"""The record of what templates were seen to do, on which kind of host; and the table of all templates with it.

`python -m opsconductor.playbooks.verified` prints the table for docs/reference. The record is part of a checkout.
"""

import hashlib
import json
import re
import sys
from pathlib import Path

from opsconductor.domain.base import Frozen, Platform
from opsconductor.domain.templates import Catalogue, Template
from opsconductor.playbooks.catalogue import load_catalogue, template_paths

RECORD = Path(__file__).parents[2] / "docs" / "reference" / "verified.json"
HEAD = """\
# All templates

Made from the templates' manifests and from what tests have seen them do (`verified.json`): by `scripts/reference`,
not by hand.

- **Verified on**: `Debian 12` is a real host with systemd; `simulated Windows` is a
  [simulated host](simulated-windows-host.md), never a real one. Behind it what was seen there: *changed* (it did what
  it says), *unchanged* (a second run found nothing to do), *read*, *foreseen* (a dry run told the change and made
  none), *undone* (the host was as before). A template whose task files have changed since says so.
- Not verified anywhere: real Windows, Red Hat and its family (dnf is written for, never run), other distributions.
- **Dry run**: `full` foresees what a run would do, `partial` a part of it, `none` nothing.
- A parameter in *italics* may be left out. Critical groups and many targets raise the risk: see [Plan](plan.md).
"""


class Verified(Frozen):
    """What a template was seen to do on one kind of host."""

    intent: str
    platform: str
    host: str  #: "Debian 12"
    seen: tuple[str, ...]  #: changed, unchanged, read, foreseen, undone
    task_files: str  #: SHA-256 of the task files as they were then


def read_verified() -> tuple[Verified, ...]:
    """The record, by intent and platform; empty outside a checkout."""
    if not RECORD.is_file():
        return ()
    return tuple(Verified.model_validate(row) for row in json.loads(RECORD.read_text(encoding="utf-8")))


def task_files_hash(intent: str) -> str:
    """SHA-256 (hex) of a shipped template's task files, names and contents."""
    folder = template_paths()[0].joinpath(*intent.split(".", 1))
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.j2")):
        digest.update(f"{path.name}\0{len(path.read_bytes())}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def table(catalogue: Catalogue) -> str:
    """The page: a section per family, a row per template."""
    record = {(v.intent, v.platform): v for v in read_verified()}
    families: dict[str, list[Template]] = {}
    for template in sorted(catalogue, key=lambda t: t.id):
        families.setdefault(template.id.partition(".")[0], []).append(template)
    parts = [HEAD]
    for family, templates in families.items():
        parts.append(
            f"\n## {family}\n\n| intent | platforms | parameters | risk | undo | dry run | verified on |\n"
            "|---|---|---|---|---|---|---|\n"
        )
        parts += [_row(template, record) for template in templates]
    return "".join(parts)


def _row(template: Template, record: dict[tuple[str, str], Verified]) -> str:
    platforms = ", ".join(p.value for p in Platform if p in template.platforms) or "records only"
    parameters = ", ".join(
        f"{name} ({p.type.value})" if p.required else f"*{name}* ({p.type.value})"
        for name, p in template.parameters.items()
    )
    undo = "changes nothing" if template.read_only else template.undo.sentence if template.undo else ""
    undo = undo or f"no: {template.irreversible}"
    undo = re.sub(r"([{][a-z_]+[}])", r"`\1`", undo)
    check = "–" if template.read_only else template.check_mode.value
    verified = "<br>".join(_verified(template.id, p, record) for p in Platform if p in template.platforms) or "–"
    cells = (f"`{template.id}`", platforms, parameters or "–", template.risk.value, undo, check, verified)
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |\n"


def _verified(intent: str, platform: Platform, record: dict[tuple[str, str], Verified]) -> str:
    found = record.get((intent, platform.value))
    if found is None or not set(found.seen) & {"changed", "read"}:
        return f"{platform.value}: not verified"
    changed = "" if found.task_files == task_files_hash(intent) else "; task files changed since"
    return f"{found.host}: {', '.join(found.seen)}{changed}"


if __name__ == "__main__":
    sys.stdout.write(table(load_catalogue(template_paths())))
