# SPDX-License-Identifier: Apache-2.0
"""Ids sort by the time they were made."""

import uuid

import time_machine

from opsconductor.ids import new_id


def test_ids_are_version_7_uuids() -> None:
    made = uuid.UUID(new_id())
    assert (made.version, made.variant) == (7, uuid.RFC_4122)


def test_later_ids_sort_after_earlier_ones() -> None:
    with time_machine.travel(1_000_000.0, tick=False) as clock:
        early = new_id()
        clock.shift(0.002)
        assert early < new_id()


def test_ids_do_not_repeat() -> None:
    assert len({new_id() for _ in range(10_000)}) == 10_000
