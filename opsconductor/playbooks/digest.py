# SPDX-License-Identifier: Apache-2.0
"""The digest of a plan: what is approved, as one SHA-256. Estimate, evidence, provenance and times are not in it."""

import hashlib
from collections.abc import Mapping
from typing import Any

import rfc8785

from opsconductor.domain.inventory import BoundTarget, InventorySnapshot
from opsconductor.domain.plans import Plan
from opsconductor.errors import InvalidInput

#: Part of every digest: a change of its make-up never passes for the same plan.
DIGEST_SCHEMA_VERSION = 1


def digest_parts(
    plan: Plan, snapshot: InventorySnapshot, template_hashes: Mapping[str, str], content_hashes: Mapping[str, str]
) -> dict[str, Any]:
    """What the digest is made of, as JSON data, by part: so that a difference can be named.

    `template_hashes`: intent → SHA-256 of its folder; `content_hashes`: library file → SHA-256 of its content.
    """
    return {
        "schema_version": DIGEST_SCHEMA_VERSION,
        "targets": {target.name: _target(target) for target in snapshot.targets},
        "steps": [
            {
                "intent": step.intent,
                "params": {name: _json(value) for name, value in step.params.items() if value is not None},
                "when": [condition.model_dump(mode="json", exclude_defaults=True) for condition in step.when],
                "hosts": None if step.hosts is None else sorted(step.hosts),
                "origin": step.origin.value,
            }
            for step in plan.steps
        ],
        "options": plan.options.model_dump(mode="json", exclude_defaults=True),
        "templates": dict(template_hashes),
        "files": dict(content_hashes),
    }


def plan_digest(parts: Mapping[str, Any]) -> str:
    """SHA-256 (hex) over the canonical JSON (RFC 8785) of `digest_parts`."""
    try:
        return hashlib.sha256(rfc8785.dumps(dict(parts))).hexdigest()
    except rfc8785.CanonicalizationError as error:
        raise InvalidInput(f"The plan holds a value that cannot be signed: {error}.", remedy="Correct it.") from error


def _target(target: BoundTarget) -> dict[str, Any]:
    """How a target is reached. Its groups only led to it, and the reason for the credential is for people."""
    data = target.model_dump(mode="json", exclude={"credential_reason", "groups"})
    for place in (data, *data["jump"]):
        place["host_keys"] = sorted(f"{key['kind']} {key['public']}" for key in place["host_keys"])
    return data


def _json(value: Any) -> Any:
    """Tuples as lists: what JSON makes of them, so that a plan read back has the same digest."""
    if isinstance(value, dict):
        return {key: _json(entry) for key, entry in value.items()}
    return [_json(entry) for entry in value] if isinstance(value, list | tuple) else value
