# SPDX-License-Identifier: Apache-2.0
"""A new template's folder, with marks where only its author knows what to write; it cannot be used before."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from opsconductor.domain.base import Platform
from opsconductor.errors import Conflict, InvalidInput

#: What a mark begins with; a folder that holds one is no template yet.
MARK = "<fill in"
_ID = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")

_MANIFEST = """\
# docs/reference/manifest.md says what every field means. Nothing works before the marks are gone.
schema_version: 1
id: {id}
title: {title}
summary: {title} {{name}}
platforms:
{platforms}
grammar:
  verbs: [{verb}]
  objects: [{object}]
  patterns:
    - "{{verb}} {{object}} {{name}}"
    - "{{verb}} {{object}}"
parameters:
  name:
    type: name
    description: "<fill in: what it is, a sentence; docs/reference/manifest.md lists the types>"
    required: true
    question: "<fill in: what the operator is asked when it is missing>"
{change}\
check_mode: full
seconds: 2
states: {states}
examples:
  - {{text: {verb} {object} spring, params: {{name: spring}}}}
  - {{text: {verb} the {object} autumn, params: {{name: autumn}}}}
  - {{text: please {verb} {object} winter, params: {{name: winter}}}}
  - {{text: could you {verb} the {object} summer, params: {{name: summer}}}}
  - {{text: {verb} {object} dawn, params: {{name: dawn}}}}
"""
_CHANGE = """\
repeatable: true
risk: medium
risk_reason: "<fill in: why it has this risk, a sentence>"
effects: ["{family}:{{name}}"]
undo:
  sentence: "<fill in: how it is undone, a sentence; where it cannot be, write irreversible and why instead>"
verify: "<fill in: how its effect is verified, a sentence>"
"""
_READING = """\
read_only: true
repeatable: true
risk: low
risk_reason: It only reads.
"""
_TASKS = """\
[# playbook_templates/README.md says what a task file may use. A task's name is a sentence and its role. #]
- name: Look at what is there · guard
  # <fill in: a module that only reads, such as ansible.builtin.stat with path "{{ [[ var.name ]] }}">
  ansible.builtin.stat:
    path: /
  register: [[ reg ]]_before
- name: Keep what there was · capture
  ansible.builtin.set_fact:
    # state: it is so already; goal: there is something to do. Keep what the undo needs.
    [[ fact ]]: >-
      {{ {'was': [[ reg ]]_before.stat.exists} | combine({'goal': 'done'}) }}
- name: <fill in: do it, a sentence> · main
  # <fill in: the module that does it, idempotent where it can be>
  ansible.builtin.assert:
    that: false
- name: <fill in: make sure of it, a sentence> · verify
  # <fill in: a module that reads whether it worked, and fails where it did not>
  ansible.builtin.assert:
    that: false
  when:
    - [[ fact ]].goal is defined
    - not ansible_check_mode
"""
_READS = """\
[# playbook_templates/README.md says what a task file may use. A task's name is a sentence and its role. #]
- name: <fill in: find it out, a sentence> · main
  # <fill in: a module that only reads>
  ansible.builtin.stat:
    path: /
  register: [[ reg ]]_read
- name: Keep what was found · capture
  ansible.builtin.set_fact:
    [[ fact ]]: "{{ {'state': 'found' if [[ reg ]]_read.stat.exists else 'missing'} }}"
"""
_UNDO = """\
- name: <fill in: put back what was there, a sentence> · undo
  # <fill in: it reads [[ fact ]] only>
  ansible.builtin.assert:
    that: false
"""


def make_template(root: Path, intent: str, platforms: Sequence[Platform], *, read_only: bool = False) -> list[Path]:
    """The files of a new template's folder below a root, written. Raises InvalidInput, Conflict."""
    if not _ID.fullmatch(intent):
        raise InvalidInput(
            f"{intent!a} cannot be the id of a template.",
            remedy="Write family.name in small letters, the name a verb: banner.set, ldap_user.lock.",
        )
    family, name = intent.split(".")
    folder = root / family / name
    if folder.exists():
        raise Conflict(f"{folder} is there already.", remedy="Take another id, or another folder with --into.")
    files = _files(intent, platforms, read_only)
    folder.mkdir(parents=True)
    written = []
    for file, text in files.items():
        (folder / file).write_text(text, encoding="utf-8")
        written.append(folder / file)
    return written


def unfilled(folder: Path) -> Iterator[str]:
    """Where in a template's folder something is still to be filled in: "linux.yml.j2 line 3"."""
    for file in sorted(f for f in folder.iterdir() if f.suffix in (".yml", ".j2")):
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        places = [str(n) for n, line in enumerate(lines, start=1) if MARK in line]
        if places:
            yield f"{file.name} line{'s' if len(places) > 1 else ''} {', '.join(places)}"


def _files(intent: str, platforms: Sequence[Platform], read_only: bool) -> dict[str, str]:
    family, name = intent.split(".")
    verb, noun = name.replace("_", " "), family.replace("_", " ")
    manifest = _MANIFEST.format(
        id=intent,
        title=f"{verb.capitalize()} the {noun}",
        platforms="\n".join(f"  {p}: {p}.yml.j2" for p in platforms),
        verb=verb,
        object=noun,
        change=_READING if read_only else _CHANGE.format(family=family),
        states="{found: found, missing: missing}" if read_only else "{done: done, already_done: already so}",
    )
    files = {"template.yml": manifest}
    files |= {f"{p}.yml.j2": _READS if read_only else _TASKS for p in platforms}
    return files if read_only else {**files, "undo.yml.j2": _UNDO}
