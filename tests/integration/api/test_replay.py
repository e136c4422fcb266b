# SPDX-License-Identifier: Apache-2.0
"""Many hosts and large outputs: nothing is cut off on its way to the database and to who watches, and it comes soon."""

import os
import sys
from collections.abc import Mapping

import pytest

from opsconductor.wiring import Container
from tests.fixtures.replay import Replay, percentile, serving, text


def _replayed(services: Container, hosts: int, steps: int, rate: float, printed: Mapping[int, int]) -> Replay:
    with serving(services.settings.home, "127.91.4.1") as address:
        replay = Replay(services, hosts, steps, rate, dict(printed)).run(address)
    job = services.jobs.get(replay.job.id)
    assert set(replay.seen.cells.values()) == {"changed"}
    assert len(replay.seen.cells) == hosts * steps
    outputs = services.artifacts.list(job.id)
    assert len(outputs) == len(printed) * steps
    for artifact in outputs:
        number = int((artifact.target or "").removeprefix("host-"))
        content = b"".join(services.artifacts.read(artifact)).decode()
        assert content == text(number, artifact.step or 0, printed[number])
    events = services.following.events(job.id)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert len(events) == hosts * steps * 2 + 4  # and queued, running, the slice's end, succeeded
    return replay


def test_four_hundred_hosts_and_outputs_of_a_megabyte(services: Container) -> None:
    replay = _replayed(services, 400, 2, 500, {7: 1 << 20, 399: 1 << 20})
    # A loaded machine is given some time; the long version is not.
    assert percentile(replay.delays, 0.99) < 5.0


@pytest.mark.soak
def test_eight_thousand_hosts_and_outputs_of_fifty_megabytes(services: Container) -> None:
    replay = _replayed(services, 8000, 7, 500, {7: 50 << 20, 4000: 50 << 20, 7999: 50 << 20})
    told = " ".join(f"{share:.0%} within {percentile(replay.delays, share):.2f} s" for share in (0.5, 0.9, 0.99, 1.0))
    sys.stdout.write(f"event to client: {told}; load {os.getloadavg()[0]:.1f}\n")  # `pytest -s` shows it
    assert percentile(replay.delays, 0.99) < 1.0
