# SPDX-License-Identifier: Apache-2.0
"""Reads and writes documents as YAML or JSON; whatever is wrong with one is said with its field and line."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from inventories.import_set import BadSource
from inventories.safe_yaml import Vaulted, YamlList, YamlMap, load
from inventories.yaml_text import yaml_text
from opsconductor.domain.base import Frozen
from opsconductor.domain.documents import Fault, InvalidDocument, PlanDocument, RefusedDocument, raise_faults
from opsconductor.domain.runbooks import RunbookDocument
from opsconductor.errors import InvalidInput, NotFound

Model = TypeVar("Model", bound=Frozen)
#: Most bytes of a document.
LARGEST = 1 << 20
#: Most levels of one.
DEEPEST = 64
_TOO_DEEP = Fault(field="document", message="it is nested too deeply.", remedy="Correct the file.")
_WORDS = {
    "missing": "it is missing.",
    "int_parsing": "it is no whole number.",
    "bool_parsing": "it is neither yes nor no.",
}


def read_file(path: Path) -> tuple[str, str]:
    """The text of a file (`-`: standard input) and what messages call it. Raises InvalidInput."""
    if str(path) == "-":
        raw, source = sys.stdin.buffer.read(LARGEST + 1), "standard input"
    else:
        source = str(path)
        try:
            with path.open("rb") as stream:
                raw = stream.read(LARGEST + 1)
        except OSError as error:
            raise InvalidInput(
                f"{path} cannot be read: {error.strerror}.", remedy="Name a file you may read."
            ) from None
    if len(raw) > LARGEST:
        raise InvalidInput(f"{source} is larger than {LARGEST >> 20} MiB.", remedy="Give a plan document.")
    try:
        return raw.decode("utf-8-sig"), source
    except UnicodeDecodeError:
        raise InvalidInput(f"{source} is no UTF-8 text.", remedy="Write it anew, in UTF-8.") from None


def parse(text: str, model: type[Model], source: str) -> Model:
    """A document of that model from YAML or JSON text. Raises InvalidDocument with every fault, with its line."""
    raw = _data(text, source)
    if not isinstance(raw, dict):
        fault = Fault(field="document", message="it is no mapping.", remedy="Begin with `targets:` and `steps:`.")
        raise_faults([fault], source)
    return validated(raw, model, source)


def validated(raw: Any, model: type[Model], source: str) -> Model:
    """The document that data hold. Raises InvalidDocument with every fault."""
    if _too_deep(raw):
        raise_faults([_TOO_DEEP], source)
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        try:
            raise_faults(faults_of(error, model, raw), source)
        except InvalidDocument as told:
            told.rest = _rest_of(raw, error) if model is PlanDocument else None
            raise
        raise  # there is always a fault


@contextmanager
def every_fault(check: Callable[[PlanDocument], object], source: str) -> Iterator[None]:
    """Faults of a document's form that leave the block are told together with what `check` finds in the rest of it."""
    try:
        yield
    except InvalidDocument as error:
        if error.rest is None:
            raise
        faults, refused = [Fault.model_validate(told) for told in error.context["faults"]], False
        try:
            check(error.rest)
        except (InvalidDocument, RefusedDocument) as more:
            refused = isinstance(more, RefusedDocument)
            found = (Fault.model_validate(told) for told in more.context["faults"])
            faults += [fault for fault in found if not _follows(fault, faults)]
        except NotFound:  # a credential: told once the document can be read
            pass
        raise_faults(faults, source, refused=refused)


def _follows(fault: Fault, known: list[Fault]) -> bool:
    """Whether a fault is there only because of what was taken out for another one."""
    hosts = fault.field.endswith(".hosts") and any(k.field.split(".")[0] == "targets" for k in known)
    return hosts or any(f"{fault.field}.".startswith(f"{k.field}.") for k in known)


def _too_deep(raw: Any) -> bool:
    level = [raw]
    for _ in range(DEEPEST):
        level = [part for entry in level for part in _parts(entry)]
    return bool(level)


def _parts(raw: Any) -> Iterable[Any]:
    return raw.values() if isinstance(raw, dict) else raw if isinstance(raw, list | tuple) else ()


def runbook_yaml(document: RunbookDocument) -> str:
    """A runbook as the file it is shared as."""
    head = document.model_dump(mode="json", include={"schema_version", "name"})
    body = document.model_dump(mode="json", exclude_defaults=True, include={"description", "parameters"})
    return yaml_text({**head, **body, "plan": plan_data(document.plan)})


def plan_yaml(document: PlanDocument) -> str:
    """A plan document as a file that says its version."""
    return yaml_text({"schema_version": document.schema_version, **plan_data(document)})


def plan_data(document: PlanDocument) -> dict[str, Any]:
    """A plan document as data, without what is left out."""
    data = document.model_dump(mode="json", exclude_defaults=True)
    order = ("description", "query", "targets", "steps", "options")
    return {key: data[key] for key in order if key in data}


def faults_of(error: ValidationError, model: type[BaseModel], raw: Any = None) -> list[Fault]:
    """What pydantic found as faults with fields and remedies, one for each field."""
    found: dict[str, Fault] = {}
    for item in error.errors(include_url=False, include_input=False):
        steps, kind = _walk(item["loc"], model)
        place = ".".join(str(s + 1) if isinstance(s, int) else s for s in steps) or "document"
        # Where a step is wrong it is not counted either: that there are too few is said of none at all.
        if place in found or (item["type"] == "too_short" and any(f.startswith(f"{place}.") for f in found)):
            continue
        message, remedy = _said(item, steps, kind)
        found[place] = Fault(field=place, message=message, remedy=remedy, line=_line(raw, steps))
    return list(found.values())


#: What stands for an entry that cannot be read, so that the others keep their numbers.
_STAND_INS: dict[str, Any] = {"steps": {"intent": "?"}, "when": "reboot_required"}


def _rest_of(raw: Any, error: ValidationError) -> PlanDocument | None:
    """What can be read of data once the wrong parts are taken out; None where that is nothing."""
    rest = _plain(raw)
    for item in error.errors(include_url=False, include_input=False):
        steps, _ = _walk(item["loc"], PlanDocument)
        if item["type"] == "missing":
            steps = steps[:-1]
        _take_out(rest, steps)
    try:
        return PlanDocument.model_validate(rest)
    except ValidationError:
        return None


def _plain(raw: Any) -> Any:
    if isinstance(raw, dict):
        return {key: _plain(value) for key, value in raw.items()}
    return [_plain(value) for value in raw] if isinstance(raw, list | tuple) else raw


def _take_out(rest: Any, steps: list[int | str]) -> None:
    """Take out the field at a place; an entry of a list is replaced where it can be, else its list goes."""
    parents: list[Any] = [rest]
    for step in steps[:-1]:
        at = parents[-1]
        if not ((isinstance(at, dict) and step in at) or (isinstance(at, list) and step in range(len(at)))):
            break
        parents.append(at[step])  # type: ignore[index]
    for depth in range(len(parents) - 1, -1, -1):
        parent, step = parents[depth], steps[depth] if steps else ""
        if isinstance(parent, dict):
            parent.pop(step, None)
            return
        name = steps[depth - 1] if depth else ""
        if isinstance(parent, list) and name in _STAND_INS and step in range(len(parent)):
            parent[int(step)] = _STAND_INS[str(name)]
            return


def _walk(loc: Iterable[int | str], model: type[BaseModel]) -> tuple[list[int | str], type[BaseModel] | None]:
    """The part of a location that names fields, and the model around the last of them."""
    steps: list[int | str] = []
    at: type[BaseModel] | None = model
    around = at
    for part in loc:
        if isinstance(part, int):
            steps.append(part)
            continue
        around = at
        if at is None:
            # A key of a free mapping (params), or a branch of a union, which is no field.
            if steps and steps[-1] in ("params", "parameters", "schedule"):
                steps.append(part)
            continue
        steps.append(part)
        field = at.model_fields.get(part)
        at = _model_in(field.annotation) if field is not None else None
    return steps, around


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model a field holds, itself or in a tuple."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        if (found := _model_in(part)) is not None:
            return found
    return None


def _said(item: Any, steps: list[int | str], kind: type[BaseModel] | None) -> tuple[str, str]:
    name = str(steps[-1]) if steps else ""
    fields = list(kind.model_fields) if kind is not None else []
    if item["type"] == "extra_forbidden":
        near = get_close_matches(name, fields, 1)
        remedy = f"Did you mean '{near[0]}'?" if near else f"There are {', '.join(fields)}."
        return f"there is no field '{name}'.", remedy
    described = kind.model_fields[name].description if kind is not None and name in fields else None
    remedy = described or _remedy(name)
    return _WORDS.get(item["type"], f"{item['msg'][0].lower()}{item['msg'][1:]}."), remedy


def _remedy(name: str) -> str:
    return {
        "batch": "Give a number of targets or a percentage: 5, 10%.",
        "max_fail": "Give a number of targets or a percentage: 2, 10%.",
        "steps": "Give at least one step: `- intent: service.restart`.",
        "when": "Write [not] FACT [SUBJECT] [OP VALUE]: not service_running nginx.",
    }.get(name, "See docs/reference/plan-document.md for what it takes.")


def _line(raw: Any, steps: list[int | str]) -> int | None:
    """The line of the innermost part of a location that there is."""
    line = raw.line if isinstance(raw, YamlMap | YamlList) else None
    for part in steps:
        if isinstance(raw, YamlMap) and isinstance(part, str) and part in raw:
            line, raw = raw.lines[part], raw[part]
        elif isinstance(raw, YamlList) and isinstance(part, int) and part < len(raw):
            raw = raw[part]
            line = raw.line if isinstance(raw, YamlMap | YamlList) else line
        else:
            break
    return line


@contextmanager
def located(text: str, source: str, inside: tuple[str, ...] = ()) -> Iterator[None]:
    """Faults that leave the block get the lines of their fields in the text; `inside`: the fields it all stands in."""
    try:
        yield
    except (InvalidDocument, RefusedDocument) as error:
        raw = _data(text, source)
        faults = []
        for told in error.context["faults"]:
            fault = Fault.model_validate(told)
            steps = [*inside, *(int(p) - 1 if p.isdecimal() else p for p in fault.field.split("."))]
            faults.append(fault.model_copy(update={"line": _line(raw, steps)}))
        raise_faults(faults, source, refused=isinstance(error, RefusedDocument))


def _data(text: str, source: str) -> Any:
    """JSON as its own values, YAML as text with line numbers."""
    if text.lstrip()[:1] not in ("{", "["):
        return _yaml(text, source)
    try:
        return json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        message, line = f"it is no valid JSON: {error.msg} in column {error.colno}.", error.lineno
    except RecursionError:
        message, line = _TOO_DEEP.message, None
    except ValueError:  # a number of more digits than Python reads
        message, line = "it holds a number with too many digits.", None
    raise_faults([Fault(field="document", message=message, remedy="Correct the file.", line=line)], source)
    return None  # never: there is a fault


def _yaml(text: str, source: str) -> Any:
    try:
        data = load(text, source)
    except BadSource as error:
        note = error.context["problems"][0]
        fault = Fault(field="document", message=f"{note['message']}.", remedy="Correct the file.", line=note["line"])
        raise_faults([fault], source)
    _refuse_vaulted(data, source)
    return data


def _refuse_vaulted(data: Any, source: str) -> None:
    if isinstance(data, Vaulted):
        fault = Fault(
            field="document",
            message="it holds a value encrypted with ansible-vault, which is not read.",
            remedy="Name a stored credential: `opsc credentials add`.",
        )
        raise_faults([fault], source)
    for entry in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        _refuse_vaulted(entry, source)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose every key stands in it once. Raises InvalidDocument."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            fault = Fault(field=key, message="it stands there twice.", remedy="Leave out one.")
            raise_faults([fault], "The document")
        found[key] = value
    return found
