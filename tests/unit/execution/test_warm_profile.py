# SPDX-License-Identifier: Apache-2.0
"""Which runs a warm process may serve."""

import shutil
from pathlib import Path

import pytest

from opsconductor.execution import warm_profile
from opsconductor.execution.environment import ALLOWED
from opsconductor.execution.warm_profile import PER_SLICE, RUNNER, Profile

CONFIGURATION = "# a remark\n[defaults]\ntimeout = 30\ncontrol_path_dir = ~/.ansible/cp/1\n"
STARTED = {
    "HOME": "/home/ops",
    "LANG": "C.UTF-8",
    "PATH": "/usr/bin",
    "ANSIBLE_PIPELINING": "True",
    "ANSIBLE_HOME": "/a",
}
#: What a run gets that differs in nothing that matters.
RUN = STARTED | {name: value or "/of/this/run" for name, value in RUNNER.items()}
PROFILE = Profile(STARTED, CONFIGURATION)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, None),
        (dict.fromkeys(PER_SLICE, "/elsewhere"), None),
        ({"ANSIBLE_CALLBACK_PLUGINS": "/other/callbacks", "AWX_ISOLATED_DATA_DIR": "/other/data"}, None),
        ({"ANSIBLE_PIPELINING": "False"}, "ANSIBLE_PIPELINING differs"),
        ({"ANSIBLE_HOST_KEY_CHECKING": "False"}, "ANSIBLE_HOST_KEY_CHECKING differs"),
        ({"ANSIBLE_STDOUT_CALLBACK": "minimal"}, "ANSIBLE_STDOUT_CALLBACK differs"),
        ({"HOME": "/root"}, "HOME differs"),
        ({"LANG": None}, "LANG differs"),
        ({"PYTHONPATH": "/tmp"}, "PYTHONPATH differs"),
    ],
)
def test_a_run_that_differs_in_a_setting_is_refused(changed: dict[str, str | None], why: str | None) -> None:
    environment = {name: value for name, value in {**RUN, **changed}.items() if value is not None}
    assert PROFILE.refusal(environment, CONFIGURATION) == why


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[defaults]\ntimeout = 30\n\n# another remark\ncontrol_path_dir = ~/.ansible/cp/2\n", None),
        ("[defaults]\ntimeout = 31\n", "its ansible.cfg differs"),
        ("", "its ansible.cfg differs"),
    ],
)
def test_a_run_with_another_configuration_is_refused(text: str, why: str | None) -> None:
    assert PROFILE.refusal(RUN, text) == why


def test_profiles_have_one_name_exactly_where_they_are_one() -> None:
    assert Profile(STARTED | {"PATH": "/opt", "ANSIBLE_HOME": "/b"}, CONFIGURATION).name == PROFILE.name
    assert Profile(STARTED | {"TZ": "Asia/Tokyo"}, CONFIGURATION).name != PROFILE.name
    assert Profile(STARTED, CONFIGURATION + "forks = 3\n").name != PROFILE.name


def test_what_is_handed_down_is_the_profiles_but_for_the_path() -> None:
    assert set(ALLOWED) & PER_SLICE == {"PATH"}


def test_a_package_that_was_replaced_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def install(version: str) -> None:
        for old in tmp_path.glob("*.dist-info"):
            shutil.rmtree(old)
        folder = tmp_path / f"ansible_core-{version}.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: ansible-core\nVersion: {version}\n")

    monkeypatch.syspath_prepend(str(tmp_path))
    install("1.0")
    first = warm_profile.installed()
    assert warm_profile.installed() == first
    install("1.1")
    assert (first[0], warm_profile.installed()[0]) == ("1.0", "1.1")
