# SPDX-License-Identifier: Apache-2.0
"""What past durations say: of the target, else of its platform, else of the template, else the manifest."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsconductor.domain.durations import Duration, Part
from opsconductor.domain.history import GUESSED, History, Known, Level
from tests.fixtures.events import BEGIN

MB = 1_000_000


def run(seconds: float, target: str = "a", *, play: str = "linux", size: int = 0, day: int = 0) -> Duration:
    return Duration(
        part=Part.CELL,
        intent="file.copy",
        play=play,
        target=target,
        size=size,
        seconds=seconds,
        job_id=f"job-{day}",
        step=1,
        at=BEGIN + timedelta(days=day),
    )


def known(runs: list[Duration], target: str = "a", *, play: str = "linux", size: int = 0) -> Known:
    return History(runs).known(Part.CELL, "file.copy", play, target, size, 3.0)


#: Five other targets of the platform that take ten seconds each day.
OTHERS = [run(10.0, f"o{n}", day=day) for n in range(5) for day in range(4)]


def test_without_history_the_manifest_counts_and_says_how_far_off_it_may_be() -> None:
    found = known([])
    assert (found.level, found.runs) == (Level.NONE, 0)
    assert found.spread.median == 3.0
    assert found.spread.shared == GUESSED
    assert not History([])


def test_a_target_with_runs_is_known_by_them() -> None:
    found = known([*OTHERS, *(run(40.0, day=day) for day in range(5))])
    assert (found.level, found.runs) == (Level.TARGET, 5)
    assert found.spread.median == pytest.approx(40, rel=0.1)


def test_few_runs_are_mixed_with_those_of_other_targets() -> None:
    one, many = (known([*OTHERS, *(run(40.0, day=day) for day in range(n))]).spread.median for n in (1, 6))
    assert 10 < one < many < 40.1


def test_another_target_is_known_by_its_platform() -> None:
    found = known([*OTHERS, *(run(90.0, f"w{n}", play="windows", day=n) for n in range(8))], "new")
    assert found.level is Level.PLAY
    assert found.spread.median == pytest.approx(10, rel=0.1)


def test_another_platform_is_known_by_the_template() -> None:
    found = known(OTHERS, "new", play="windows")
    assert found.level is Level.TEMPLATE
    assert 3 < found.spread.median < 10.1


def test_one_run_that_hung_does_not_count() -> None:
    runs = [run(10.0, day=day) for day in range(9)]
    assert known([*runs, run(900.0, day=10)]).spread.median == pytest.approx(known(runs).spread.median, rel=0.15)


def test_the_time_grows_with_the_payload() -> None:
    runs = [run(2 + size / MB, f"o{n}", size=size, day=n) for n in range(6) for size in (MB, 10 * MB, 50 * MB)]
    assert known(runs, "new", size=100 * MB).spread.median == pytest.approx(102, rel=0.15)
    assert known(runs, "new", size=5 * MB).spread.median == pytest.approx(7, rel=0.25)


def test_payloads_of_one_size_say_less_of_another() -> None:
    runs = [run(10.0, f"o{n}", size=MB, day=n) for n in range(6)]
    assert 10 < known(runs, "new", size=10 * MB).spread.median < 100


def test_targets_that_differ_make_a_wide_interval_for_a_new_one() -> None:
    unlike = [run(5.0 * (n + 1), f"o{n}", day=day) for n in range(6) for day in range(4)]
    assert known(unlike, "new").spread.own > 2 * known(OTHERS, "new").spread.own
    assert known(unlike, "o3").spread.own < known(unlike, "new").spread.own


#: A busy machine is no fault of the arithmetic.
_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
RUNS = st.lists(
    st.builds(
        run,
        st.floats(0, 1e4),
        st.sampled_from("abc"),
        play=st.sampled_from(["linux", "windows"]),
        size=st.sampled_from([0, 1, MB, 900 * MB]),
        day=st.integers(0, 9),
    ),
    max_size=25,
)


@_PATIENT
@given(runs=RUNS, target=st.sampled_from("abcd"), size=st.integers(0, 10**12))
def test_what_is_known_is_finite_and_positive(runs: list[Duration], target: str, size: int) -> None:
    spread = known(runs, target, size=size).spread
    assert 0 < spread.median < 1e20
    assert 0 <= spread.own < 50
    assert 0 <= spread.shared < 50


STEADY = st.lists(
    st.builds(run, st.floats(0.1, 1e4), st.sampled_from("abc"), day=st.integers(0, 9)), min_size=1, max_size=12
)


@_PATIENT
@given(runs=STEADY, factor=st.floats(1, 100))
def test_slower_runs_never_make_it_quicker(runs: list[Duration], factor: float) -> None:
    slower = [r.model_copy(update={"seconds": r.seconds * factor}) for r in runs]
    assert known(slower).spread.median >= known(runs).spread.median * 0.999
