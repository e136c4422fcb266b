# SPDX-License-Identifier: Apache-2.0
"""Get-WinEvent, newest entry first."""

from __future__ import annotations

import datetime as dt
from typing import Any

from opsconductor.simulate.windows.description import EventDescription
from opsconductor.simulate.windows.failure import NotSimulated
from opsconductor.simulate.windows.powershell.cmdlets.binding import Call, cmdlet
from opsconductor.simulate.windows.powershell.error import CommandError
from opsconductor.simulate.windows.powershell.value import Thing, as_list, text

_LOGS = frozenset({"system", "application", "security", "setup"})
_LEVELS = {1: "Critical", 2: "Error", 3: "Warning", 4: "Information"}
_KEYS = {"logname", "level", "providername"}


@cmdlet("Get-WinEvent", "LogName FilterHashtable MaxEvents")
async def get_win_event(call: Call) -> list[Any]:
    filters = {str(name).lower(): value for name, value in (call.bound.get("FilterHashtable") or {}).items()}
    if unknown := filters.keys() - _KEYS:
        raise NotSimulated(f"Get-WinEvent with {', '.join(sorted(unknown))}")
    log = text(filters.get("logname") or call.bound.get("LogName"))
    if log.lower() not in _LOGS:
        raise CommandError(
            f'There is not an event log on the localhost computer that matches "{log}".',
            "NoMatchingLogsFound,Microsoft.PowerShell.Commands.GetWinEventCommand",
            "ObjectNotFound",
        )
    levels = {int(text(one)) for one in as_list(filters.get("level"))}
    providers = {text(one).lower() for one in as_list(filters.get("providername"))}
    found = [
        _thing(call, event)
        for event in sorted(call.host.description.events, key=lambda event: event.ago)
        if event.log.lower() == log.lower()
        and (not levels or event.level in levels)
        and (not providers or event.provider.lower() in providers)
    ]
    if not found:
        raise CommandError(
            "No events were found that match the specified selection criteria.",
            "NoMatchingEventsFound,Microsoft.PowerShell.Commands.GetWinEventCommand",
            "ObjectNotFound",
        )
    return found[: int(text(call.bound.get("MaxEvents")))] if call.bound.has("MaxEvents") else found


def _thing(call: Call, event: EventDescription) -> Thing:
    return Thing(
        "System.Diagnostics.Eventing.Reader.EventLogRecord",
        {
            "TimeCreated": dt.datetime.fromtimestamp(call.host.made - event.ago, dt.UTC),
            "ProviderName": event.provider,
            "Id": event.id,
            "Level": event.level,
            "LevelDisplayName": _LEVELS.get(event.level, "Information"),
            "LogName": event.log,
            "Message": event.message,
        },
        shown=("TimeCreated", "Id", "LevelDisplayName", "Message"),
    )
