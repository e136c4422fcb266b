# SPDX-License-Identifier: Apache-2.0
"""The facts that a step's conditions can be on."""

from enum import StrEnum

from opsconductor.domain.base import Frozen
from opsconductor.domain.templates import ParameterType


class Measure(StrEnum):
    """What a fact is compared with."""

    TRUTH = "truth"  #: it is so, or not; compared with nothing, or with true or false
    NUMBER = "number"
    VERSION = "version"
    PLATFORM = "platform"


class Fact(Frozen):
    """One fact: what it is about and what it is compared with."""

    measure: Measure = Measure.TRUTH
    subject: ParameterType | None = None  #: None: it is about the target itself
    optional: bool = False  #: whether it may be about nothing in particular
    #: The template that reads it, and its parameter for the subject; None: a task of its own does.
    template: str | None = None
    parameter: str | None = None


FACTS: dict[str, Fact] = {
    "service_running": Fact(subject=ParameterType.SERVICE),
    "process_running": Fact(subject=ParameterType.PROCESS),
    "file_exists": Fact(subject=ParameterType.PATH),
    "package_installed": Fact(subject=ParameterType.PACKAGE, template="package.check", parameter="package"),
    "package_version": Fact(
        subject=ParameterType.PACKAGE, measure=Measure.VERSION, template="package.check", parameter="package"
    ),
    "disk_free_pct": Fact(
        subject=ParameterType.PATH, optional=True, measure=Measure.NUMBER, template="disk.check", parameter="path"
    ),
    "disk_used_pct": Fact(
        subject=ParameterType.PATH, optional=True, measure=Measure.NUMBER, template="disk.check", parameter="path"
    ),
    "mem_free_mb": Fact(measure=Measure.NUMBER, template="memory.check"),
    "cpu_pct": Fact(measure=Measure.NUMBER, template="cpu.check"),
    "uptime_days": Fact(measure=Measure.NUMBER, template="uptime.check"),
    "reboot_required": Fact(),
    "port_open": Fact(subject=ParameterType.PORT, template="port.check", parameter="port"),
    "changed": Fact(),
    "previous_ok": Fact(),
    "os_family": Fact(measure=Measure.PLATFORM),
}
