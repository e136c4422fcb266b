# SPDX-License-Identifier: Apache-2.0
"""Which targets and steps are for the fast profile."""

from typing import Any

import pytest

from opsconductor.domain.assets import Become, ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.inventory import BoundTarget
from opsconductor.domain.job_specs import JobSpec
from opsconductor.domain.plans import Options
from opsconductor.domain.shapes import JobShape, StepShape
from opsconductor.domain.templates import Catalogue
from opsconductor.execution.profiles import fast_target, plain_only, profile_of, why_plain
from opsconductor.playbooks.catalogue import load_catalogue, template_paths
from opsconductor.settings import Settings


def _target(**fields: Any) -> BoundTarget:
    given = {"platform": Platform.LINUX, "kind": ConnectionKind.SSH} | fields
    return BoundTarget(asset_id="a", name="web", address="192.0.2.1", port=22, **given)


@pytest.mark.parametrize(
    ("fields", "fast"),
    [
        ({}, True),
        ({"become": Become(method="sudo")}, True),
        ({"become": Become(method="su")}, True),
        ({"become": Become(method="doas")}, False),
        ({"kind": ConnectionKind.LOCAL}, False),
        ({"kind": ConnectionKind.TELNET}, False),
        ({"kind": ConnectionKind.WINRM, "platform": Platform.WINDOWS}, False),
        ({"platform": Platform.WINDOWS}, False),
        ({"variables": {"ansible_python_interpreter": "/opt/python3"}}, True),
        ({"variables": {"ansible_shell_type": "sh"}}, True),
        ({"variables": {"ansible_shell_type": "csh"}}, False),
        ({"variables": {"ansible_perl_interpreter": "/opt/perl"}}, False),
        ({"variables": {"ansible_remote_tmp": "/srv/tmp"}}, False),
    ],
)
def test_only_what_mitogen_does_alike_is_fast(fields: dict[str, Any], fast: bool) -> None:
    assert fast_target(_target(**fields)) is fast


def test_a_step_that_needs_the_plain_profile_takes_its_job_there() -> None:
    shipped = load_catalogue(template_paths())
    one, other = list(shipped)[:2]
    differs = one.model_copy(update={"plain_only": "it says so"})
    catalogue = Catalogue(templates={one.id: differs, other.id: other.model_copy(update={"plain_only": None})})
    assert plain_only([other.id, one.id], catalogue) == "it says so"
    assert plain_only([other.id, "no.such"], catalogue) is None


@pytest.mark.parametrize(
    ("options", "changes", "size", "why"),
    [
        ({}, {}, 5, None),
        ({"target_timeout": 60}, {}, 0, "cuts off"),
        ({}, {"target_timeout": 60}, 0, "cuts off"),
        ({"job_timeout": 60}, {"job_timeout": 60}, 0, None),
        ({}, {"transfer_rate": 1000}, 5, "TRANSFER_RATE"),
        ({}, {"transfer_rate": 1000}, 0, None),
    ],
)
def test_what_mitogen_cannot_do_takes_a_job_to_the_plain_profile(
    options: dict[str, int], changes: dict[str, int], size: int, why: str | None
) -> None:
    step = StepShape(n=1, intent="test.step", title="t", size=size)
    shape = JobShape(job_id="j", title="t", steps=(step,), targets=("web",), platforms={"web": Platform.LINUX})
    spec = JobSpec(shape=shape, options=Options.model_validate(options), targets=())
    told = why_plain(spec, Settings().model_copy(update=changes))
    assert (told is None) if why is None else (told is not None and why in told)


def test_a_lane_names_its_profile() -> None:
    assert profile_of("linux/fast/default") == "fast"


def test_one_setting_turns_warm_start_and_the_fast_profile_off() -> None:
    assert Settings().fast is False
    assert Settings(profile="fast").fast is True
    assert Settings(profile="fast", warm_start=False).fast is False
