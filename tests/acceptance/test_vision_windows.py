# SPDX-License-Identifier: Apache-2.0
"""The main job, from the sentence to the checked hosts, as `make demo` plays it."""

import pytest

from tests.fixtures.installation import Installation


def test_the_sentence_runs_end_to_end_on_25_simulated_windows_hosts(installation: Installation) -> None:
    said = installation.opsc("demo", "--no-serve", code=0).stdout
    assert "25 of 25 targets completed, 0 failed" in said
    assert "All 25 simulated Windows hosts are as they should be." in said
    assert "25 found" in said
    assert "18 running, 7 stopped" in said
    site = Installation(installation.home / "demo")
    [job] = site.jobs()
    first, stop, *_ = site.json("jobs", "show", job["id"])["progress"]["steps"]
    assert first["states"] == {"running": 18, "stopped": 7}
    assert stop["counts"] == {"changed": 18, "skipped": 7}


@pytest.mark.parametrize("count", [6, pytest.param(25, marks=pytest.mark.soak)])
@pytest.mark.rotating
def test_a_denied_copy_stops_that_host_only(installation: Installation, count: int) -> None:
    said = installation.opsc("demo", "--no-serve", "--count", str(count), "--deny", "5", code=20).stdout
    assert f"{count - 1} of {count} targets completed, 1 failed" in said
    assert f"All {count} simulated Windows hosts are as they should be." in said
    assert "CIS-SRV-05: step 4" in said
    assert "denied" in said
