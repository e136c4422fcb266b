# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps what the steps of a scenario's first run found out, for its undo: `kept-<host>.json` in molecule's folder."""

import json
import os
import re
from pathlib import Path

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: keep_facts
type: aggregate
short_description: keep the facts opsc_s<N> of the first run
description: What a job's database keeps, for a scenario that has none.
"""


class CallbackModule(CallbackBase):
    """Writes each fact when it is set; a second run finds the file there and leaves it alone."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "keep_facts"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self):
        super().__init__()
        self.folder = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"])
        self.kept = {}
        self.earlier = {path.name for path in self.folder.glob("kept-*.json")}

    def v2_runner_on_ok(self, result):
        """Keep what a step said of itself."""
        host = result.host.get_name()
        name = f"kept-{host}.json"
        facts = result.result.get("ansible_facts", {})
        own = {key: value for key, value in facts.items() if re.fullmatch(r"opsc_s[0-9]+", key)}
        if own and name not in self.earlier:
            self.kept.setdefault(host, {}).update(own)
            (self.folder / name).write_text(json.dumps(self.kept[host]), encoding="utf-8")
