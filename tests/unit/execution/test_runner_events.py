# SPDX-License-Identifier: Apache-2.0
"""Events as ansible-runner really wrote them, and what becomes of them."""

import json
from pathlib import Path
from typing import Any

import pytest

from opsconductor.domain.events import EventKind, JobEvent
from opsconductor.domain.results import TaskPlace
from opsconductor.execution.runner_events import Normaliser

RECORDED = json.loads((Path(__file__).parents[2] / "cases/runner_events/recorded.json").read_text(encoding="utf-8"))
TOLD = ("kind", "step", "role", "last", "target", "changed", "ignored", "message")


@pytest.fixture
def normalise() -> Normaliser:
    return Normaliser("job", "slice", [TaskPlace(**place) for place in RECORDED["places"]], RECORDED["names"])


def _id(case: dict[str, Any]) -> str:
    data = case["raw"].get("event_data") or {}
    return f"{case['raw']['event']}-{data.get('host')}"


@pytest.mark.parametrize("case", RECORDED["cases"], ids=_id)
def test_recorded_events(case: dict[str, Any], normalise: Normaliser) -> None:
    event = normalise(case["raw"])
    if case["expect"] is None:
        assert event is None
        return
    assert event is not None
    told = event.model_dump(mode="json", exclude_defaults=True)
    assert {key: value for key, value in told.items() if key in TOLD} == case["expect"]
    assert event.key == case["raw"]["uuid"]
    assert event.at.tzinfo is not None
    assert "invocation" not in event.data


def _failed(result: dict[str, Any], normalise: Normaliser) -> JobEvent:
    data = {"host": "one", "task": "t", "task_path": "/srv/job/project/playbook.yml:6", "res": result}
    raw = {"event": "runner_on_failed", "uuid": "u", "created": "2026-01-02T03:04:05", "event_data": data}
    event = normalise(raw)
    assert event is not None
    return event


def test_a_module_that_could_not_reach_something_else_is_no_lost_connection(normalise: Normaliser) -> None:
    message = "Connection refused: HTTPConnectionPool(host='shop', port=80): Max retries exceeded with url: /"
    asked = _failed({"msg": message, "invocation": {"module_args": {"url": "http://shop"}}}, normalise)
    ran = _failed({"msg": "Connection reset by peer", "rc": 7}, normalise)
    assert asked.kind is ran.kind is EventKind.TARGET_FAILED


def test_hidden_output_stays_hidden(normalise: Normaliser) -> None:
    event = _failed({"censored": "the output has been hidden", "changed": False}, normalise)
    assert event.message == "failed; the output is hidden because it may hold a secret"


@pytest.mark.parametrize(
    ("printed", "changed"),
    [
        ("changed: [one]", True),
        ("\x1b[0;33mchanged: [one] => (item=None)\x1b[0m", True),
        ("ok: [one]", False),
        ("ok: [one] => changed: [", False),
        ("", False),
    ],
)
def test_a_hidden_result_still_tells_whether_it_changed_anything(
    printed: str, changed: bool, normalise: Normaliser
) -> None:
    data = {"host": "one", "task_path": "/srv/playbook.yml:6", "res": {"censored": "the output has been hidden"}}
    raw = {"event": "runner_on_ok", "uuid": "u", "created": "2026-01-02T03:04:05", "event_data": data}
    event = normalise(raw | {"stdout": printed})
    assert event is not None
    assert event.changed is changed


def test_the_play_of_the_other_platform_is_no_warning(normalise: Normaliser) -> None:
    raw = {"event": "warning", "uuid": "u", "created": "2026-01-02T03:04:05"}
    other = "[WARNING]: Could not match supplied host pattern, ignoring: opsc_windows"
    assert normalise(raw | {"stdout": other}) is None
    kept = normalise(raw | {"stdout": "\x1b[1;35m[WARNING]: The disk is\n nearly full\x1b[0m"})
    assert kept is not None
    assert (kept.kind, kept.message) == (EventKind.WARNING, "The disk is nearly full")


@pytest.mark.parametrize("raw", [{}, {"event": "runner_on_ok"}, {"event": "runner_on_teapot", "uuid": "u"}])
def test_what_tells_nothing_is_left_out(raw: dict[str, Any], normalise: Normaliser) -> None:
    assert normalise(raw) is None


def test_bytes_that_are_no_text_are_told_apart_and_nothing_is_told_twice(normalise: Normaliser) -> None:
    printed = b"caf\xe9 \xc3\xbc".decode("utf-8", "surrogateescape")
    event = _failed({"msg": printed, "stdout": printed, "stdout_lines": [printed], "rc": 1}, normalise)
    assert event.data == {"msg": "caf\\xe9 ü", "stdout": "caf\\xe9 ü", "rc": 1}
    assert event.message is not None
    event.model_dump_json()


@pytest.mark.parametrize("kind", ["runner_on_ok", "runner_item_on_ok", "runner_on_failed"])
def test_of_a_difference_only_what_is_said_about_it_is_kept(kind: str, normalise: Normaliser) -> None:
    diff = {"before": "root:secret-hash:1\n", "after": "", "before_header": "/etc/shadow (content)"}
    result = {"changed": True, "diff": [diff], "results": [{"diff": diff, "item": 1}]}
    data = {"host": "one", "task_path": "/srv/playbook.yml:6", "res": result}
    event = normalise({"event": kind, "uuid": "u", "created": "2026-01-02T03:04:05", "event_data": data})
    assert event is not None
    assert event.data == {
        "changed": True,
        "results": [{"item": 1}],
        "opsc_diffs": ["+0 −1 lines in /etc/shadow", "+0 −1 lines in /etc/shadow"],
    }
    assert "secret-hash" not in event.model_dump_json()
