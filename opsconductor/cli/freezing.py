# SPDX-License-Identifier: Apache-2.0
"""`opsc freeze`: nothing that changes a target starts."""

from typing import Annotated

import typer

from opsconductor.cli.output import Json, print_json, say
from opsconductor.domain.freezes import Freeze


def freeze(
    off: Annotated[bool, typer.Option("--off", help="Lift the freeze; jobs that it has paused go on.")] = False,
    status: Annotated[bool, typer.Option("--status", help="Only tell whether changes are frozen.")] = False,
    pause: Annotated[
        bool, typer.Option("--pause", help="Pause the jobs that are running, too: tasks under way finish.")
    ] = False,
    reason: Annotated[str | None, typer.Option(help="Why; shown to everybody whose job waits.")] = None,
    json: Json = False,
) -> None:
    """Freeze changes: no job that changes a target starts, nor does its next batch, until `opsc freeze --off`.

    Jobs wait meanwhile and say by whom; queries, previews and dry runs go on. What is running goes on to the end of
    its batch, unless --pause is given. A time of a schedule that comes meanwhile waits as long as one that was missed
    would be made up for, then it is skipped.

    Examples:

      opsc freeze --reason "audit week" --pause
      opsc freeze --status
      opsc freeze --off
    """
    from opsconductor.actor import local_actor
    from opsconductor.wiring import open_container

    with open_container() as container:
        found: Freeze | None
        if off:
            found = container.freezing.lift(local_actor())
        elif status:
            found = container.freezing.standing()
        else:
            found = container.freezing.freeze(local_actor(), reason, pause=pause)
    if json:
        print_json(found)
    elif found is None:
        say("Changes are not frozen.", "green")
    elif off:
        say(f"Changes may start again. {len(found.paused)} paused jobs go on.", "green")
    else:
        told = found.told[0].upper() + found.told[1:]
        say(f"{told}. {len(found.paused)} jobs are paused by it. Lift it: opsc freeze --off", "yellow")
