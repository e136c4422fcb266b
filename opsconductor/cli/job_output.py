# SPDX-License-Identifier: Apache-2.0
"""`opsc jobs output`: all that commands and scripts printed on the targets of a job."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from opsconductor.cli.output import Json, print_json, say
from opsconductor.domain.events import EventKind, JobEvent
from opsconductor.domain.plain_text import without_controls
from opsconductor.domain.results import Role
from opsconductor.errors import NotFound

if TYPE_CHECKING:
    from opsconductor.wiring import Container

JobId = Annotated[str, typer.Argument(help="Job id, or its last eight characters.")]
_ENDS = (EventKind.TARGET_OK, EventKind.TARGET_FAILED)
#: Events that are looked at for output of more than one line: large jobs say it early.
_LOOKED_AT = 500


def output(
    job_id: JobId,
    target: Annotated[str | None, typer.Option(help="Only this target.")] = None,
    step: Annotated[int | None, typer.Option(min=1, help="Only this step.")] = None,
    json: Json = False,
) -> None:
    """All that commands and scripts printed, whole, with their exit codes. A byte that is no UTF-8 shows as \\xff.

    Example: opsc jobs output 0f3a9c1e --target web1
    """
    from opsconductor.wiring import open_container

    with open_container() as container:
        events = container.following.events(container.jobs.get(job_id).id, kinds=_ENDS, target=target, step=step)
        found = list(_printed(events, container.artifacts.text))
    if json:
        print_json(found)
    elif not found:
        say("Nothing was printed.")
    else:
        for one in found:
            _show(one)


def more_output(container: "Container", job_id: str) -> None:
    """Tell how to see the rest where commands printed more than the one line that a log shows."""
    events = container.following.events(job_id, limit=_LOOKED_AT, kinds=_ENDS)
    if any(_is_more(one) for one in _printed(events, lambda event, place: event.data.get(place))):
        say(f"Only the first line of what was printed is shown. All of it: opsc jobs output {job_id}", "dim")


def _is_more(one: dict[str, Any]) -> bool:
    lines = [line for text in (one["stdout"], one["stderr"]) for line in (text or "").splitlines() if line.strip()]
    return len(lines) > 1


def _printed(events: list[JobEvent], whole: Callable[[JobEvent, str], str | None]) -> Iterator[dict[str, Any]]:
    """What main tasks printed; what guards and checks read is theirs."""
    for event in events:
        if event.role is Role.MAIN and isinstance(event.data.get("stdout"), str):
            told = {"rc": event.data.get("rc"), "stdout": _text(event, "stdout", whole)}
            told["stderr"] = _text(event, "stderr", whole)
            yield {"step": event.step, "target": event.target, "task": event.task, **told}


def _text(event: JobEvent, place: str, whole: Callable[[JobEvent, str], str | None]) -> str | None:
    """The whole text, or, where that was removed, what is left of it and who removed it."""
    try:
        return whole(event, place)
    except NotFound as error:
        return f"{event.data.get(place)}\n[{error}]"


def _show(one: dict[str, Any]) -> None:
    code = "" if one["rc"] is None else f" (exit code {one['rc']})"
    say(f"{one['target']}  {one['task']}{code}", "bold")
    for text in (one["stdout"], one["stderr"]):
        if text:
            # As it is: no line is wrapped, and none of a terminal's sequences gets through.
            typer.echo(without_controls(text).removesuffix("\n"))
