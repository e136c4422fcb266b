# SPDX-License-Identifier: Apache-2.0
"""What an option cannot do for single steps of a plan: named before anything runs."""

from collections.abc import Iterator

from opsconductor.domain.plans import Options, Step
from opsconductor.domain.templates import Catalogue, CheckMode


def limits(steps: tuple[Step, ...], options: Options, catalogue: Catalogue) -> tuple[str, ...]:
    """One sentence for each step that a rollback cannot take back or a dry run cannot foresee."""
    lines: list[str] = []
    if options.dry_run:
        lines += _unforeseen(steps, catalogue)
    elif options.rollback:
        lines += [
            f"Step {number} cannot be rolled back: {step.irreversible}"
            for number, step in enumerate(steps, start=1)
            if step.irreversible and not step.read_only
        ]
    return tuple(lines)


def _unforeseen(steps: tuple[Step, ...], catalogue: Catalogue) -> Iterator[str]:
    for number, step in enumerate(steps, start=1):
        template = catalogue.get(step.intent)
        if template is None or template.read_only:
            continue
        if template.check_mode is CheckMode.NONE:
            yield f"Step {number} cannot be previewed: the dry run leaves it out"
        elif template.check_mode is CheckMode.PARTIAL:
            yield f"Step {number} can be previewed in part only"
