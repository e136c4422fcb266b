# SPDX-License-Identifier: Apache-2.0
"""File steps that are no cases of a table, by plain ansible-playbook on one real Debian host, judged from inside it."""

import hashlib
from pathlib import Path

import pytest

from opsconductor.domain.plans import Origin
from tests.fixtures.linux_hosts import LinuxHostFactory
from tests.fixtures.plain_run import step
from tests.fixtures.step_host import StepHost


@pytest.fixture
def host(linux_hosts: LinuxHostFactory) -> StepHost:
    [made] = linux_hosts("web-1")
    return StepHost(made)


@pytest.mark.soak
def test_what_is_not_undone_or_only_read(host: StepHost, tmp_path: Path) -> None:
    host.shell(
        "mkdir -p /srv/old/deep; echo fresh > /srv/old/fresh; echo served > /srv/served;"
        "echo stale > /srv/old/deep/stale; touch -d '30 days ago' /srv/old/deep/stale;"
        "printf '1\\n2\\n3\\n' > /srv/numbered; touch /srv/numbered.time"
    )
    root = host.host.root
    steps = [
        step("file.backup", path="/srv/numbered").model_copy(update={"origin": Origin.POLICY}),
        step("file.edit", path="/srv/numbered", number=2, remove=True),
        step("file.cleanup", path="/srv/old", age=604800),
        step("file.cleanup", path="/srv/old", age=604800),
        step("file.fetch", src="/srv/served"),
        step("file.fetch", src="/srv/nothing"),
    ]
    preview = host.play(tmp_path / "preview", *steps, check=True)
    assert not preview.failures(), preview.failures()
    assert (root / "srv/old/deep/stale").exists()
    assert "changed" in preview.ran(host.name, "main", 3)
    done = host.play(tmp_path / "run", *steps)
    assert not done.failures(), done.failures()
    states = [done.state(host.name, n) for n in range(1, 7)]
    assert states == ["saved", "changed", "cleaned", "clean", "fetched", "absent"]
    assert (root / "srv/numbered").read_text() == "1\n3\n"
    assert sorted(path.name for path in (root / "srv/old").rglob("*")) == ["deep", "fresh"]
    assert done.fact(host.name, 3)["files"] == 1
    fetched = tmp_path / "run" / done.fact(host.name, 5)["place"]
    assert hashlib.sha256(fetched.read_bytes()).hexdigest() == done.fact(host.name, 5)["sha256"]
