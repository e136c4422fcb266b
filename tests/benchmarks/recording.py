# SPDX-License-Identifier: Apache-2.0
"""What recording costs: events a second into SQLite and PostgreSQL, from an event to its commit, and a recorded job
against one whose events are thrown away.

python -m tests.benchmarks.recording        measures and prints
"""

import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from unittest import mock

from pydantic import SecretStr

from opsconductor.clock import utc_now
from opsconductor.db.migrate import upgrade
from opsconductor.db.repositories.jobs import JobRepository
from opsconductor.db.repositories.slices import SliceRepository
from opsconductor.db.tables.events import EventRow
from opsconductor.db.tables.jobs import JobRow
from opsconductor.domain.base import Platform
from opsconductor.domain.events import EventKind, JobEvent
from opsconductor.domain.jobs import JobStatus, Slice, SliceStatus
from opsconductor.domain.results import Role
from opsconductor.execution.environment import allowed
from opsconductor.execution.intake import Intake
from opsconductor.execution.supervisor import SliceRun
from opsconductor.execution.writing import EventStore, EventWriter
from opsconductor.ids import new_id
from opsconductor.pubsub.memory import MemoryBroker
from opsconductor.settings import Settings
from opsconductor.wiring import Container, open_container
from tests.fixtures.job_world import Task, World, local_target, open_supervisor
from tests.fixtures.postgresql import cluster
from tests.fixtures.recorded_job import RecordedJob
from tests.fixtures.replay import percentile
from tests.fixtures.scripted_supervisors import ScriptedSupervisors

#: Goals: events a second, seconds from an event to its commit, and the ratio of job times.
INGEST_GOAL, COMMIT_GOAL, OVERHEAD_GOAL = 10_000, 0.150, 1.03
HOSTS, STEPS = 500, 7
#: Pairs of recorded and discarded runs: what is looked for is smaller than one run differs from the next.
RUNS = 11
#: Events a second that are "load", for so many seconds.
RATE, SECONDS = 1000, 10


def ingest(folder: Path, database: str | None = None) -> tuple[float, float]:
    """Events a second by our store in batches of 500, and row by row through SQLModel with a commit each.

    `database`: the URL of an empty one; None: SQLite.
    """
    settings = Settings(home=folder, database_url=SecretStr(database) if database else None)
    upgrade(settings)
    with open_container(settings) as container:
        store, events = _slice(container)
        store.fold()  # made once a slice, before its first event comes
        began = time.perf_counter()
        for start in range(0, len(events), 500):
            store.store(events[start : start + 500])
        ours = len(events) / (time.perf_counter() - began)
        store, events = _slice(container)
        began = time.perf_counter()
        for event in events[:1000]:
            _row(container, event)
        return ours, 1000 / (time.perf_counter() - began)


def to_commit(folder: Path) -> list[float]:
    """Seconds from `put` to the end of the transaction for each event, at RATE events a second."""
    with open_container(Settings(home=folder)) as container:
        store, events = _slice(container)
        events = events[: RATE * SECONDS]
        put: list[float] = []
        done: list[float] = []
        real = store.store

        def timed(drafts: Sequence[JobEvent]) -> None:
            real(drafts)
            done.extend([time.perf_counter()] * len(drafts))

        with mock.patch.object(store, "store", timed), EventWriter(store) as writer:
            began = time.perf_counter()
            for number, event in enumerate(events):
                time.sleep(max(0.0, began + number / RATE - time.perf_counter()))
                put.append(time.perf_counter())
                writer.put(event)
            assert writer.close(lambda: True)
        return [end - start for start, end in zip(put, done, strict=True)]


def overhead(folder: Path) -> tuple[list[float], list[float]]:
    """Seconds of a slice of 25 × 7 tasks on this machine, recorded, and with a handler that discards, in turns."""
    folder.mkdir()
    runtime = Path(tempfile.mkdtemp(prefix="opsc-bench-", dir="/dev/shm"))
    supervisors = ScriptedSupervisors()
    with mock.patch.dict(os.environ, allowed({**os.environ, "XDG_RUNTIME_DIR": str(runtime)}), clear=True):
        world = World(folder / "opsc", supervisors)
        tasks = [Task(n, Role.MAIN, "ansible.builtin.raw: sleep 0.2\nchanged_when: true") for n in range(1, STEPS + 1)]
        plan = world.plan(tasks, [local_target(f"t{n:02d}") for n in range(25)])
        recorded, discarded = [], []
        for _ in range(RUNS):
            recorded.append(_run(world, supervisors, plan, JobStatus.SUCCEEDED))
            with _discarding():
                discarded.append(_run(world, supervisors, plan, JobStatus.FAILED))
        world.close()
    shutil.rmtree(runtime, ignore_errors=True)
    return recorded, discarded


@contextmanager
def _discarding() -> Iterator[None]:
    """Whatever ansible-runner hands over is thrown away, and its files are not looked at."""
    with (
        mock.patch.object(SliceRun, "_take", return_value=True),
        mock.patch.object(Intake, "rest", return_value=[]),
        mock.patch.object(Intake, "archive", return_value=None),
    ):
        yield


def _run(world: World, supervisors: ScriptedSupervisors, plan: str, status: JobStatus) -> float:
    """One job, its supervisor in this process; `status` is what it must end with: without events nothing is known."""
    job = world.launching.launch(plan, "local:benchmark")
    world.dispatcher.tick()
    [piece] = supervisors.take()
    with open_supervisor(world.settings) as supervisor:
        began = time.perf_counter()
        assert supervisor.run(piece.id, piece.fence)
        took = time.perf_counter() - began
    world.dispatcher.tick()
    ended = world.jobs.get(job.id)
    assert ended.status is status, ended
    return took


def _slice(container: Container) -> tuple[EventStore, list[JobEvent]]:
    """A running slice of many hosts, and what its steps would tell."""
    names = [f"host-{n:04d}" for n in range(HOSTS)]
    job = RecordedJob(container, names, STEPS)
    now = utc_now()
    piece = Slice(
        id=new_id(),
        job_id=job.id,
        batch=0,
        lane="linux/plain/default",
        platform=Platform.LINUX,
        attempt=1,
        targets=tuple(names),
        status=SliceStatus.RUNNING,
        fence=1,
        lease_until=now + timedelta(hours=1),
    )
    with container.database.session() as session:
        SliceRepository(session).add([piece])
        shape = JobRepository(session).launched(job.id).spec.shape
    told = {"rc": 0, "stdout": "all is well, and has been for quite some time " * 4, "stderr": "", "msg": ""}
    events = [
        event.model_copy(update={"slice_id": piece.id})
        for step in range(1, STEPS + 1)
        for name in names
        for event in (job.start(name, step), job.event(EventKind.TARGET_OK, name, step, data=told, changed=True))
    ]
    return EventStore(container.database, MemoryBroker(), piece, 1, shape), events


def _row(container: Container, event: JobEvent) -> None:
    """What a straightforward handler does with each event."""
    with container.database.session() as session:
        job = session.get_one(JobRow, event.job_id)
        job.last_seq += 1
        session.add(job)
        session.add(EventRow.model_validate(event.model_copy(update={"seq": job.last_seq}).model_dump()))


def measure(folder: Path) -> dict[str, float]:
    """Prints the figures; name → ratio to the goal (the job's: to the job that is not recorded)."""
    sqlite, sqlite_rows = _rates("SQLite", [ingest(folder / f"ingest-{n}") for n in range(3)])
    with cluster() as server:
        rates = [ingest(folder / f"postgresql-{n}", server.database()) for n in range(3)]
    postgresql, postgresql_rows = _rates("PostgreSQL", rates)
    delays = to_commit(folder / "commit")
    p50, p99 = percentile(delays, 0.5), percentile(delays, 0.99)
    goal = COMMIT_GOAL * 1000
    _say(f"event to commit at {RATE}/s: p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms (goal {goal:.0f})")
    recorded, discarded = overhead(folder / "overhead")
    ratio = statistics.median(recorded) / statistics.median(discarded)
    _say(f"a slice recorded: {_times(recorded)}; its events discarded: {_times(discarded)}; ratio {ratio:.3f}")
    return {
        "ingest_sqlite": INGEST_GOAL / sqlite,
        "ingest_postgresql": INGEST_GOAL / postgresql,
        "ingest_vs_rows": sqlite_rows / sqlite,
        "ingest_postgresql_vs_rows": postgresql_rows / postgresql,
        "event_to_commit_p99": p99 / COMMIT_GOAL,
        "recording_overhead": ratio,
    }


def _rates(name: str, measured: list[tuple[float, float]]) -> tuple[float, float]:
    """The medians of both columns."""
    ours, rows = (statistics.median(column) for column in zip(*measured, strict=True))
    _say(f"ingest, {name}: {ours:.0f} events/s in batches, {rows:.0f} row by row (goal {INGEST_GOAL})")
    return ours, rows


def _times(taken: list[float]) -> str:
    return ", ".join(f"{t:.2f}" for t in taken) + " s"


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="opsconductor-bench-") as name:
        measure(Path(name))
