# SPDX-License-Identifier: Apache-2.0
"""The part of a job's matrix that belongs to some of its targets. Pure."""

from collections.abc import Collection

from opsconductor.domain.shapes import JobShape


def restrict(shape: JobShape, targets: Collection[str]) -> JobShape:
    """The same steps for only these targets."""
    steps = tuple(
        step
        if step.targets is None
        else step.model_copy(update={"targets": tuple(t for t in step.targets if t in targets)})
        for step in shape.steps
    )
    return shape.model_copy(update={"steps": steps, "targets": tuple(t for t in shape.targets if t in targets)})


def cells(shape: JobShape) -> frozenset[tuple[int, str]]:
    """The matrix's (step, target)."""
    return frozenset(
        (step.n, target) for step in shape.steps for target in (shape.targets if step.targets is None else step.targets)
    )
