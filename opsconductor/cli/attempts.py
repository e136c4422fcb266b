# SPDX-License-Identifier: Apache-2.0
"""`opsc retry` and `opsc resume`: going on with a job behind what it has done."""

from typing import TYPE_CHECKING, Annotated

import typer

from opsconductor.cli.handover import dispatched, hand_over
from opsconductor.cli.jobs import JobId, follow
from opsconductor.cli.output import Json, print_json, say
from opsconductor.domain.jobs import EXIT_CODES, JobStatus

if TYPE_CHECKING:
    from opsconductor.domain.jobs import Job
    from opsconductor.wiring import Container

_ASKED = 'For a step that may do harm twice, and of which nobody knows: {} "3" is step 3, "3:web-01" only there.'
Repeat = Annotated[
    list[str] | None, typer.Option("--repeat", metavar="STEP", help=_ASKED.format("do it again.") + " Repeatable.")
]
Skip = Annotated[list[str] | None, typer.Option("--skip", metavar="STEP", help=_ASKED.format("take it as done."))]
Detach = Annotated[bool, typer.Option("--detach", "-d", help="Queue it and return.")]


def retry(
    job_id: JobId,
    target: Annotated[list[str] | None, typer.Option(help="Only this target; repeatable.")] = None,
    repeat: Repeat = None,
    skip: Skip = None,
    detach: Detach = False,
    json: Json = False,
) -> None:
    """Run an ended job once more where it did not end well: each target from the step that did not.

    What is done is not done again; good targets are left alone. It is the same plan from the same commit, so its
    approval has to hold still. Chained runbooks follow when it has ended anew. Exit codes as `opsc run`; 5 when a step
    needs --repeat or --skip first.

    Examples:

      opsc retry 0f3a9c1e
      opsc retry 0f3a9c1e --target web-01
      opsc retry 0f3a9c1e --repeat 3 --skip 3:web-02
    """
    from opsconductor.actor import local_actor
    from opsconductor.domain.attempts import Answers
    from opsconductor.wiring import open_container

    answers = Answers(repeat=tuple(repeat or ()), skip=tuple(skip or ()))
    with open_container() as container:
        job = container.attempts.retry(job_id, local_actor(), only=target, answers=answers)
        status = _go(container, job, detach=detach, json=json)
    raise typer.Exit(EXIT_CODES.get(status, 0))


def resume(job_id: JobId, repeat: Repeat = None, skip: Skip = None, json: Json = False) -> None:
    """Go on with a paused job, or with an interrupted one at the first step that was not done on each target.

    A step that was under way when the job was interrupted is done again where its template says that this is safe;
    else look at the machines, and say --repeat or --skip. Targets where a step failed stay as they are: `opsc retry`.

    Examples:

      opsc resume 0f3a9c1e
      opsc resume 0f3a9c1e --skip 3
    """
    from opsconductor.actor import local_actor
    from opsconductor.domain.attempts import Answers
    from opsconductor.wiring import open_container

    answers = Answers(repeat=tuple(repeat or ()), skip=tuple(skip or ()))
    with open_container() as container:
        job = container.attempts.resume(job_id, local_actor(), answers)
        _go(container, job, detach=True, json=json)


def _go(container: "Container", job: "Job", *, detach: bool, json: bool) -> JobStatus:
    if not detach:
        with dispatched(container, job.id):
            return follow(container, job.id, json=json)
    hand_over(container, job.id)
    if json:
        print_json(job)
    else:
        say(f"Going on: {job.reason or 'after its pause'}. Follow it: opsc watch {job.id}", "green")
    return job.status
