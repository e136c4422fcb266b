# SPDX-License-Identifier: Apache-2.0
"""Conditions in words."""

from opsconductor.domain.plans import Condition

_FACTS = {
    "service_running": "service {subject} is {not}running",
    "process_running": "process {subject} is {not}running",
    "file_exists": "{subject} {not}exists",
    "package_installed": "package {subject} is {not}installed",
    "package_version": "the version of {subject} is {not}{op} {value}",
    "disk_free_pct": "free disk space is {not}{op} {value} %",
    "disk_used_pct": "disk usage is {not}{op} {value} %",
    "mem_free_mb": "free memory is {not}{op} {value} MB",
    "cpu_pct": "CPU usage is {not}{op} {value} %",
    "uptime_days": "uptime is {not}{op} {value} days",
    "reboot_required": "a reboot is {not}required",
    "port_open": "port {subject} is {not}open",
    "changed": "something {not}changed",
    "previous_ok": "the step before {not}succeeded",
    "os_family": "the system is {not}{value}",
}


def words_of(condition: Condition) -> str:
    """A condition for people: "service nginx is running"."""
    text = _FACTS.get(condition.fact, condition.fact)
    for name, value in (("subject", condition.subject), ("op", condition.op), ("value", condition.value)):
        text = text.replace("{" + name + "}", str(value or ""))
    return text.replace("{not}", "not " if condition.negate else "")
