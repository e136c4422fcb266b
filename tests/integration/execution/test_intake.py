# SPDX-License-Identifier: Apache-2.0
"""From ansible-runner's files to events: each once, none lost, and what is lost is said."""

import gzip
import json
import threading
from functools import partial
from operator import eq
from pathlib import Path
from typing import Any

import pytest

from opsconductor.blobs.folder import FolderBlobs
from opsconductor.clock import utc_now
from opsconductor.domain.base import Platform
from opsconductor.domain.events import EventKind, JobEvent
from opsconductor.domain.jobs import Slice, SliceStatus
from opsconductor.domain.outputs import kept_texts
from opsconductor.domain.results import Role, TaskPlace
from opsconductor.execution import writing
from opsconductor.execution.intake import Intake
from opsconductor.execution.output_blobs import OutputBlobs
from opsconductor.execution.runner_events import Normaliser
from opsconductor.execution.scrub import Scrubber
from opsconductor.execution.slice_folder import SliceFolder
from opsconductor.execution.writing import EventWriter
from opsconductor.settings import Settings
from tests.fixtures.job_world import wait_for

LIMIT = 20_000
SECRET = "hunter2-and-more"
PIECE = Slice(
    id="a" * 32,
    job_id="job",
    batch=0,
    lane="linux/plain/default",
    platform=Platform.LINUX,
    attempt=1,
    targets=("one",),
    status=SliceStatus.RUNNING,
)


@pytest.fixture
def intake(runtime: Path, tmp_path: Path) -> Intake:
    assert runtime.is_dir()
    settings = Settings(home=tmp_path / "opsc")
    folder = SliceFolder(settings, PIECE.job_id, PIECE.id)
    folder.make()
    folder.events.mkdir(parents=True)
    return _again(folder, FolderBlobs(settings.blobs))


def _again(folder: SliceFolder, blobs: Any) -> Intake:
    place = TaskPlace(line=6, step=1, role=Role.MAIN, last=True, name="Step 1")
    normalise = Normaliser(PIECE.job_id, PIECE.id, [place])
    return Intake(folder, normalise, Scrubber([SECRET]), OutputBlobs(blobs, LIMIT))


def _raw(uuid: str, stdout: str = "fine", **more: Any) -> dict[str, Any]:
    result = {"changed": True, "rc": 0, "stdout": stdout, "stdout_lines": stdout.splitlines(), "stderr": ""}
    data = {"host": "one", "task": "t", "task_path": "/p/playbook.yml:6", "res": result}
    created = "2026-01-02T03:04:05"
    return {"event": "runner_on_ok", "uuid": uuid, "created": created, "stdout": "", "event_data": data} | more


def _partial(intake: Intake, raw: dict[str, Any]) -> Path:
    path = intake.folder.events / f"{raw['uuid']}-partial.json"
    path.write_text(json.dumps(raw), encoding="utf-8")
    return path


def _taken(intake: Intake, raw: dict[str, Any], counter: int) -> JobEvent | None:
    """As ansible-runner does it."""
    raw = raw | {"counter": counter}
    event = intake.take(raw)
    (intake.folder.events / f"{counter}-{raw['uuid']}.json").write_text(json.dumps(raw), encoding="utf-8")
    return event


def test_a_large_output_is_the_same_taken_live_or_from_what_was_left(intake: Intake) -> None:
    printed = f"caf\udce9 {SECRET}\n" + "x" * 50_000
    live = _taken(intake, _raw("u1", printed), 1)
    assert live is not None
    other = _again(intake.folder, intake.outputs.blobs)  # who buries the slice
    [left] = other.rest()
    assert left.model_copy(update={"data": None}) == live.model_copy(update={"data": None})
    assert {**left.data, "stdout": None} == {**live.data, "stdout": None}
    assert left.data["stdout"].startswith("caf\\xe9 ********\nxxx")
    kept = kept_texts(live.data)["stdout"]
    whole = b"".join(intake.outputs.blobs.read(kept.sha256)).decode()  # type: ignore[attr-defined]
    assert whole == "caf\\xe9 ********\n" + "x" * 50_000
    [path] = intake.folder.events.glob("1-u1.json")
    assert path.stat().st_size < 20_000
    assert SECRET not in path.read_text(encoding="utf-8")


def test_killed_between_ansibles_file_and_its_own_the_event_is_found(intake: Intake) -> None:
    path = _partial(intake, _raw("u1"))
    intake.take(_raw("u1", counter=1))  # and then kill -9: no whole file
    assert path.exists()
    [left] = _again(intake.folder, intake.outputs.blobs).rest()
    assert (left.key, left.kind) == ("u1", EventKind.TARGET_OK)


def test_ansibles_file_goes_when_ansible_runners_is_there(intake: Intake) -> None:
    path = _partial(intake, _raw("u1"))
    _taken(intake, _raw("u1"), 1)
    assert intake.rest() == []
    assert not path.exists()


@pytest.mark.parametrize(
    "raw",
    [
        {"event": "runner_on_ok", "uuid": "u9", "counter": 9, "created": "2026-01-02T03:04:05"},
        {
            "event": "verbose",
            "uuid": "u9",
            "counter": 9,
            "created": "2026-01-02T03:04:05",
            "stdout": "[WARNING]: Failure using method (v2_runner_on_ok) in callback plugin (awx_display): no space",
        },
    ],
)
def test_a_report_that_ansible_could_not_write_counts_as_lost(intake: Intake, raw: dict[str, Any]) -> None:
    intake.take(raw)
    assert intake.lost == 1


def test_a_file_that_was_cut_off_counts_as_lost(intake: Intake) -> None:
    path = _partial(intake, _raw("u1"))
    path.write_text(path.read_text(encoding="utf-8")[:30], encoding="utf-8")
    _partial(intake, _raw("u2"))
    assert [event.key for event in intake.rest()] == ["u2"]
    assert intake.lost == 1


def test_a_report_that_cannot_be_taken_counts_as_lost_and_holds_up_no_other(intake: Intake) -> None:
    _partial(intake, _raw("u1", created="no time"))
    _partial(intake, _raw("u2"))
    assert [event.key for event in intake.rest()] == ["u2"]
    assert intake.lost == 1
    artifact = intake.archive(PIECE, utc_now())
    assert artifact is not None
    content = gzip.decompress(b"".join(intake.outputs.blobs.read(artifact.sha256)))  # type: ignore[attr-defined]
    assert [json.loads(line)["uuid"] for line in content.splitlines()] == ["u2"]


def test_the_archive_holds_every_report_without_secrets(intake: Intake) -> None:
    _taken(intake, _raw("u1", SECRET), 1)
    _partial(intake, _raw("u2", SECRET))
    artifact = intake.archive(PIECE, utc_now())
    assert artifact is not None
    content = gzip.decompress(b"".join(intake.outputs.blobs.read(artifact.sha256)))  # type: ignore[attr-defined]
    lines = [json.loads(line) for line in content.splitlines()]
    assert [line["uuid"] for line in lines] == ["u1", "u2"]
    assert SECRET.encode() not in content


def test_where_the_blob_store_takes_nothing_the_output_stays_whole(intake: Intake) -> None:
    class Full:
        def put(self, _stream: Any) -> Any:
            raise OSError(28, "No space left on device")

        def fetch(self, _sha256: str, _destination: Path) -> None:
            raise AssertionError

    event = _again(intake.folder, Full()).take(_raw("u1", "x" * 50_000))
    assert event is not None
    assert event.data["stdout"] == "x" * 50_000


class _Store:
    """Takes what it is told to."""

    def __init__(self, *answers: Exception | None) -> None:
        self.answers = list(answers)
        self.stored: list[JobEvent] = []

    def store(self, drafts: list[JobEvent]) -> None:
        if self.answers and (error := self.answers.pop(0)):
            raise error
        if any("poison" in (e.message or "") for e in drafts):
            raise OverflowError("Python int too large to convert to SQLite INTEGER")
        self.stored += drafts


def _event(number: int, message: str = "") -> JobEvent:
    return JobEvent(
        job_id="job",
        slice_id="s",
        seq=0,
        key=f"k{number}",
        kind=EventKind.TARGET_OK,
        at=utc_now(),
        message=message,
        task="t",
    )


def test_what_was_given_up_is_not_said_to_be_stored() -> None:
    store = _Store(*[OSError("away")] * 1000)
    writer = EventWriter(store)  # type: ignore[arg-type]
    with writer:
        writer.put(_event(1))
        assert writer.close() is False


def test_one_event_that_is_refused_keeps_no_other_from_being_stored() -> None:
    store = _Store()
    with EventWriter(store) as writer:  # type: ignore[arg-type]
        for number in range(5):
            writer.put(_event(number, "poison" if number == 2 else "good"))
        assert writer.close()
    assert [event.key for event in store.stored] == [f"k{n}" for n in range(5)]
    assert store.stored[2].message == "what this task told could not be stored (OverflowError)"
    assert writer.refused == 1


def test_what_comes_first_after_a_silence_is_stored_at_once_and_what_follows_that_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(writing, "_BATCH", 3600.0)
    batches: list[list[str]] = []
    store = _Store()
    monkeypatch.setattr(store, "store", lambda drafts: batches.append([draft.key for draft in drafts]))
    with EventWriter(store) as writer:  # type: ignore[arg-type]
        for number in range(1, 5):
            writer.put(_event(number))
            wait_for(lambda: len(batches), partial(eq, number))
        for number in range(5, 8):
            writer.put(_event(number))
        assert writer.close()
    assert batches == [["k1"], ["k2"], ["k3"], ["k4"], ["k5", "k6", "k7"]]


def test_what_comes_while_something_is_stored_shares_the_next_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "_BATCH", 0.0)
    batches: list[int] = []
    begun, go = threading.Event(), threading.Event()

    def slowly(drafts: list[JobEvent]) -> None:
        batches.append(len(drafts))
        begun.set()
        assert go.wait(20)

    store = _Store()
    monkeypatch.setattr(store, "store", slowly)
    with EventWriter(store) as writer:  # type: ignore[arg-type]
        writer.put(_event(0))
        assert begun.wait(20)
        for number in range(1, 6):
            writer.put(_event(number))
        go.set()
        assert writer.close()
    assert batches == [1, 5]
