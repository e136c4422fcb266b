# SPDX-License-Identifier: Apache-2.0
"""A rendered playbook with everything that is committed beside it."""

import json
from pathlib import PurePosixPath

from pydantic import Field

from opsconductor.domain.base import Frozen
from opsconductor.domain.files import LibraryFile
from opsconductor.domain.inventory import InventorySnapshot
from opsconductor.domain.plans import Plan
from opsconductor.domain.results import TaskPlace

PLAYBOOK = "playbook.yml"
SECRETS = "secrets.json"  #: only in the tree of a plan with a parameter that is a secret
#: The version of places.json, files.json and secrets.json.
TREE_SCHEMA_VERSION = 1
#: Host variables that a job may give and that are secrets: addresses to fetch files from, good for one target once.
GIVEN_SECRETS = ("opsc_pull_url",)
#: A host variable of a job: the steps that an earlier attempt has done there, which are left out.
DONE = "opsc_done"
#: The environment of what a play starts on Linux targets: a host variable of a job; nothing by hand.
ENVIRONMENT = "{{ opsc_environment | default({}) }}"


class StepTargets(Frozen):
    """On which targets a step has anything to do."""

    n: int  #: 1-based
    targets: tuple[str, ...]  #: names, in the plan's order
    files: tuple[str, ...] = ()  #: names of the large library files it deploys


class SecretVariable(Frozen):
    """Where the value of a play variable that is a secret comes from; the value itself is never committed."""

    credential: str  #: its name
    generate: bool = False  #: a random one, stored when a job is launched


class RenderedPlaybook(Frozen):
    """Text and facts about it; the same for the same plan, byte by byte."""

    playbook: str
    places: tuple[TaskPlace, ...]  #: in the order of the text
    steps: tuple[StepTargets, ...]
    inventory: str
    known_hosts: str
    ansible_cfg: str
    files: tuple[LibraryFile, ...] = Field(default=())  #: what it deploys, by name
    secrets: dict[str, SecretVariable] = Field(default_factory=dict)  #: play variable → where its value comes from

    def staged(self, file: LibraryFile) -> PurePosixPath:
        """Where a deployed file is expected, relative to the playbook."""
        return PurePosixPath("files", file.sha256, file.name)

    def tree(self, plan: Plan, snapshot: InventorySnapshot) -> dict[str, bytes]:
        """Every file of the plan's commit by name."""
        places = {
            "schema_version": TREE_SCHEMA_VERSION,
            "places": [p.model_dump(mode="json") for p in self.places],
            "steps": [s.model_dump(mode="json", exclude_defaults=True) for s in self.steps],
        }
        files = {
            "schema_version": TREE_SCHEMA_VERSION,
            "files": {f.name: {"sha256": f.sha256, "size": f.size, "version": f.version} for f in self.files},
        }
        tree = {
            PLAYBOOK: self.playbook.encode(),
            "plan.json": _json(plan.model_dump(mode="json")),
            "snapshot.json": _json(snapshot.model_dump(mode="json")),
            "inventory.yml": self.inventory.encode(),
            "known_hosts": self.known_hosts.encode(),
            "ansible.cfg": self.ansible_cfg.encode(),
            "places.json": _json(places),
            "files.json": _json(files),
        }
        if self.secrets:
            secrets = {name: secret.model_dump(mode="json") for name, secret in self.secrets.items()}
            tree[SECRETS] = _json({"schema_version": TREE_SCHEMA_VERSION, "secrets": secrets})
        return tree


def _json(data: object) -> bytes:
    return (json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()
