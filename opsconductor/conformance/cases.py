# SPDX-License-Identifier: Apache-2.0
"""What is tried on a machine of one's own: `linux.yml` and `windows.yml` beside this file.

A part is `name`, `steps` and perhaps `needs`, what is done first so that the steps can be tried, and `cleanup`, which
removes that again. What only reads is a part with `reads: true`.
"""

from pathlib import Path
from typing import Any

import yaml
from pydantic import Field

from opsconductor.domain.base import Frozen, Platform
from opsconductor.domain.documents import StepSpec


class ConformancePart(Frozen):
    """Steps that are tried together, in this order."""

    name: str
    reads: bool = False
    steps: tuple[StepSpec, ...]
    needs: tuple[StepSpec, ...] = ()
    cleanup: tuple[StepSpec, ...] = ()


class ConformanceCases(Frozen):
    """All parts for a platform."""

    scratch: str = Field(description="The folder that everything happens in; removed at the end.")
    parts: tuple[ConformancePart, ...]


def conformance_cases(platform: Platform) -> ConformanceCases:
    """The shipped cases of a platform."""
    path = Path(__file__).parent / f"{platform.value}.yml"
    told: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return ConformanceCases.model_validate(told)
