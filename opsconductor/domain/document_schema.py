# SPDX-License-Identifier: Apache-2.0
"""The published JSON schemas of what is written by hand: plan documents and runbooks.

`python -m opsconductor.domain.document_schema plan-document > docs/reference/plan-document.schema.json`
"""

import json
import sys
from typing import Any

from opsconductor.domain.base import Frozen
from opsconductor.domain.documents import DOCUMENT_SCHEMA_VERSION, PlanDocument
from opsconductor.domain.runbooks import RunbookDocument

MODELS: dict[str, type[Frozen]] = {"plan-document": PlanDocument, "runbook": RunbookDocument}
#: What may be written shorter than it is kept: a text for a list of one, a text or a list for targets.
_TEXT = {"type": "string"}
_SHORT = {
    "TargetSpec": ("on", "groups", "hosts", "exclude"),
    "StepSpec": ("hosts", "when"),
    "RunbookParameter": ("fills",),
}


def document_schema(name: str) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a kind of document, short forms included. Raises KeyError."""
    schema = MODELS[name].model_json_schema(mode="validation")
    definitions = schema["$defs"]
    for model, fields in _SHORT.items():
        for field in fields if model in definitions else ():
            properties = definitions[model]["properties"]
            told = {key: properties[field].pop(key) for key in ("default", "description") if key in properties[field]}
            properties[field] = {"anyOf": [properties[field], _TEXT], **told}
    when = definitions["StepSpec"]["properties"]["when"]["anyOf"][0]
    when["items"] = {"anyOf": [when["items"], _TEXT]}
    for model in (schema, *definitions.values()):
        targets = model.get("properties", {}).get("targets")
        if targets is not None:
            reference = targets.pop("$ref")
            targets["anyOf"] = [{"$ref": reference}, _TEXT, {"type": "array", "items": _TEXT}]
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:opsconductor:schema:{name}:{DOCUMENT_SCHEMA_VERSION}",
    }
    return {**head, **schema}


def schema_text(name: str) -> str:
    """The schema as it is published: indented, with a line end."""
    return json.dumps(document_schema(name), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text(sys.argv[1]))
