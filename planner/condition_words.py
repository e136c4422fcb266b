# SPDX-License-Identifier: Apache-2.0
"""Conditions in words."""

from opsconductor.domain.plans import Condition

_FACTS = {
    "service_running": "service {subject} is {not}running",
    "process_running": "process {subject} is {not}running",
    "file_exists": "{subject} exists",
    "package_installed": "package {subject} is {not}installed",
    "package_version": "the version of {subject} is {not}{op} {value}",
    "disk_free_pct": "free disk space {where} is {not}{op} {value} %",
    "disk_used_pct": "disk usage {where} is {not}{op} {value} %",
    "mem_free_mb": "free memory is {not}{op} {value} MB",
    "cpu_pct": "CPU usage is {not}{op} {value} %",
    "uptime_days": "uptime is {not}{op} {value} days",
    "reboot_required": "a reboot is {not}required",
    "port_open": "port {subject} is {not}open",
    "changed": "something changed",
    "previous_ok": "the step before succeeded",
    "os_family": "the system is {not}{value}",
}
#: What is not said with a "not" before the word.
_DENIED = {
    "file_exists": "{subject} does not exist",
    "changed": "nothing changed",
    "previous_ok": "the step before did not succeed",
}


def words_of(condition: Condition) -> str:
    """A condition for people: "service nginx is running"."""
    text = _FACTS.get(condition.fact, condition.fact)
    if condition.negate:
        text = _DENIED.get(condition.fact, text)
    # Without a name it is asked of all disks, and the fullest decides.
    text = text.replace("{where}", f"on {condition.subject}" if condition.subject else "on the fullest disk")
    for name, value in (("subject", condition.subject), ("op", condition.op), ("value", condition.value)):
        text = text.replace("{" + name + "}", str(value or ""))
    return text.replace("{not}", "not " if condition.negate else "")
