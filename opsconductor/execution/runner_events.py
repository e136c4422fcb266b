# SPDX-License-Identifier: Apache-2.0
"""ansible-runner's event dictionaries → our events. Pure: the same dictionary always gives the same event."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from opsconductor.domain.events import EventKind, JobEvent
from opsconductor.domain.outputs import KEPT, below
from opsconductor.domain.previews import without_diffs
from opsconductor.domain.results import TaskPlace
from opsconductor.execution import messages

_KINDS = {
    "playbook_on_start": EventKind.PLAYBOOK_STARTED,
    "playbook_on_task_start": EventKind.TASK_STARTED,
    "runner_on_start": EventKind.TARGET_STARTED,
    "runner_on_ok": EventKind.TARGET_OK,
    "runner_on_failed": EventKind.TARGET_FAILED,
    "runner_on_skipped": EventKind.TARGET_SKIPPED,
    "runner_on_unreachable": EventKind.TARGET_UNREACHABLE,
    "runner_retry": EventKind.TARGET_RETRY,
    "runner_item_on_ok": EventKind.ITEM,
    "runner_item_on_failed": EventKind.ITEM,
    "runner_item_on_skipped": EventKind.ITEM,
    "warning": EventKind.WARNING,
    "system_warning": EventKind.WARNING,
    "deprecated": EventKind.WARNING,
    "error": EventKind.OUTPUT,
    "verbose": EventKind.OUTPUT,
    "playbook_on_stats": EventKind.STATS,
}
_STATS = ("changed", "dark", "failures", "ignored", "ok", "processed", "rescued", "skipped")
#: A slice holds one platform, so the play of the other one matches nothing; that is no warning to anybody.
_OTHER_PLATFORM = "Could not match supplied host pattern, ignoring: opsc_"
#: How Ansible prints that a task changed a host.
_PRINTED_CHANGED = re.compile(r"^(?:\x1b\[[0-9;]*m)*changed: \[", re.MULTILINE)
#: Keys of a module's result that are Ansible's own business, or repeat the arguments.
_INTERNAL = frozenset({"invocation", "_ansible_no_log", "_ansible_verbose_always", "_ansible_parsed", "deprecations"})


class Normaliser:
    """Knows the slice, the places of its playbook's tasks and the targets behind Ansible's host names."""

    def __init__(
        self, job_id: str, slice_id: str, places: Iterable[TaskPlace], names: Mapping[str, str] | None = None
    ) -> None:
        self.job_id = job_id
        self.slice_id = slice_id
        self.places = {place.line: place for place in places}
        self.names = names or {}
        #: Target → Ansible's id of the task that began there last.
        self.tasks: dict[str, str] = {}

    def __call__(self, raw: Mapping[str, Any]) -> JobEvent | None:
        """Our event, with `seq` 0 until it is stored; None for what tells nothing."""
        kind = _KINDS.get(str(raw.get("event")))
        if kind is None or "uuid" not in raw:
            return None
        if kind in (EventKind.WARNING, EventKind.OUTPUT):
            return self._text(raw, kind)
        data = raw.get("event_data") or {}
        event = self._event(raw, kind, data)
        if kind is EventKind.TARGET_STARTED and event.target:
            self.tasks[event.target] = str(data.get("task_uuid") or "")
        if kind is EventKind.STATS:
            return event.model_copy(update={"data": {key: data.get(key) or {} for key in _STATS}})
        if kind in (EventKind.PLAYBOOK_STARTED, EventKind.TASK_STARTED, EventKind.TARGET_STARTED):
            return event
        told = self._result(event, data, str(raw.get("stdout") or ""))
        kept = below(raw.get(KEPT) or {}, "event_data/res/")  # where we have taken the event before
        kept = {place: entry for place, entry in kept.items() if place.split("/")[0] in told.data}
        return told.model_copy(update={"data": {**told.data, KEPT: kept}}) if kept else told

    def _event(self, raw: Mapping[str, Any], kind: EventKind, data: Mapping[str, Any]) -> JobEvent:
        place = self.places.get(_line(data.get("task_path")))
        host = data.get("host")
        return JobEvent(
            job_id=self.job_id,
            slice_id=self.slice_id,
            seq=0,
            key=str(raw["uuid"]),
            kind=kind,
            at=_time(raw.get("created")),
            step=place.step if place else None,
            role=place.role if place else None,
            last=bool(place and place.last),
            target=self.names.get(host, host) if host else None,
            task=data.get("task") or data.get("name"),
            seconds=data.get("duration"),
        )

    def _text(self, raw: Mapping[str, Any], kind: EventKind) -> JobEvent | None:
        text = messages.clean(str(raw.get("stdout") or ""))
        if not text or _OTHER_PLATFORM in text:
            return None
        return self._event(raw, kind, {}).model_copy(update={"message": text.removeprefix("[WARNING]: ")})

    def _result(self, event: JobEvent, data: Mapping[str, Any], printed: str) -> JobEvent:
        result = data.get("res")
        if result == {}:
            changed = bool(_PRINTED_CHANGED.search(printed))
            result = {"msg": "its result was too large and was not kept", "changed": changed}
        result = readable(result) if isinstance(result, dict) else {}
        changes: dict[str, Any] = {
            "data": without_diffs({key: value for key, value in result.items() if key not in _left_out(result)}),
            # Of a result that is hidden, ansible-runner hides whether it changed anything, too; the printed line tells.
            "changed": bool(_PRINTED_CHANGED.search(printed) if "censored" in result else result.get("changed")),
        }
        if event.kind is EventKind.TARGET_FAILED and messages.connection_lost(result) and not data.get("ignore_errors"):
            changes |= {"kind": EventKind.TARGET_UNREACHABLE, "changed": False}
        if event.kind in (EventKind.TARGET_FAILED, EventKind.TARGET_UNREACHABLE):
            changes |= {"message": messages.failure(result), "ignored": bool(data.get("ignore_errors"))}
        elif event.kind is EventKind.TARGET_OK:
            changes["message"] = messages.success(result)
        elif event.kind is EventKind.TARGET_RETRY:
            changes["message"] = f"attempt {result.get('attempts', '?')} of {result.get('retries', '?')}"
        return event.model_copy(update=changes)


def readable(value: Any) -> Any:
    """The same JSON value with every byte that is no UTF-8 written as \\xff: Ansible hands these on as lone surrogates,
    which neither a database nor a browser takes."""
    if isinstance(value, str):
        if value.isascii():
            return value
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    if isinstance(value, dict):
        return {readable(key): readable(entry) for key, entry in value.items()}
    return [readable(entry) for entry in value] if isinstance(value, list | tuple) else value


def _left_out(result: Mapping[str, Any]) -> frozenset[str]:
    """What is not kept; the lines of an output are the output once more."""
    return _INTERNAL | {f"{name}_lines" for name in ("stdout", "stderr") if isinstance(result.get(name), str)}


def _line(task_path: Any) -> int:
    """The line in "…/playbook.yml:42"; 0 where there is none."""
    _, _, line = str(task_path or "").rpartition(":")
    return int(line) if line.isdigit() else 0


def _time(created: Any) -> datetime:
    """ansible-runner writes UTC, with or without a zone."""
    moment = datetime.fromisoformat(str(created))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
