# SPDX-License-Identifier: Apache-2.0
"""`opsc approve` and `opsc reject`."""

import sys
from typing import Annotated

import typer

from opsconductor.cli.output import Json, console, print_json, say
from opsconductor.cli.plan_view import plan_view
from opsconductor.cli.plans import PlanId
from opsconductor.errors import Conflict, InvalidInput
from opsconductor.ids import short


def approve(
    plan_id: PlanId,
    digest: Annotated[str | None, typer.Option(help="The digest you saw; needed without a terminal.")] = None,
    comment: Annotated[str | None, typer.Option(help="Kept with the approval.")] = None,
    standing: Annotated[
        bool, typer.Option("--standing", help="For every job of its runbook in chains, until it expires.")
    ] = False,
    json: Json = False,
) -> None:
    """Approve exactly the plan that is shown; any later change of it voids the approval.

    Waits for the playbook's checks. On a terminal it asks; in a script give --digest. An approval is for one job.
    That of a plan with a time ("every Monday at 3") is for every job of its schedule, and so is --standing for a plan
    of a runbook in chains: for 90 days, or until targets, templates or content would not be the same any more.
    """
    from opsconductor.actor import local_actor
    from opsconductor.services.planning import refuse_obstacles
    from opsconductor.wiring import open_container

    with open_container() as container:
        record = container.planning.get(plan_id)
        refuse_obstacles(record.plan)
        if record.digest is None:
            raise Conflict(
                f"Plan {short(record.plan.id)} still has questions.",
                remedy=f"opsc answer {record.plan.id} question=answer",
            )
        with console.status("Checking the playbook (ansible-lint, syntax)"):
            record = container.planning.with_verdict(plan_id)
        if digest is None:
            if not sys.stdin.isatty():
                raise InvalidInput("There is no terminal to confirm on.", remedy=f"Add --digest {record.digest}")
            console.print(plan_view(record))
            typer.confirm("Proceed?", abort=True)
            digest = record.digest or ""
        approval = container.approving.approve(record.plan.id, digest, local_actor(), comment, standing=standing)
    if json:
        print_json(approval)
    else:
        say(f"Approved until {approval.expires_at:%Y-%m-%d %H:%M}Z. Run it: opsc run {record.plan.id}", "green")


def reject(
    plan_id: PlanId,
    comment: Annotated[str, typer.Option(help="Why; kept with the decision.", prompt=True)],
    json: Json = False,
) -> None:
    """Reject a plan, with a comment."""
    from opsconductor.actor import local_actor
    from opsconductor.wiring import open_container

    with open_container() as container:
        decision = container.approving.reject(plan_id, local_actor(), comment)
    print_json(decision) if json else say("Rejected.", "yellow")
