# SPDX-License-Identifier: Apache-2.0
"""`opsc jobs artifacts` and `opsc jobs prune`: what is kept of jobs beside their events."""

from pathlib import Path
from typing import Annotated

import typer

from opsconductor.cli.answer_view import size
from opsconductor.cli.output import Json, print_json, say, table
from opsconductor.domain.artifacts import MOST_DAYS, Artifact
from opsconductor.errors import Conflict

JobId = Annotated[str, typer.Argument(help="Job id, or its last eight characters.")]


def artifacts(
    job_id: JobId,
    target: Annotated[str | None, typer.Option(help="Only of this target.")] = None,
    step: Annotated[int | None, typer.Option(min=1, help="Only of this step.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write them to this folder, each SHA-256 checked.")
    ] = None,
    json: Json = False,
) -> None:
    """Large outputs of a job and the events of its slices as ansible-runner reported them; --out saves them.

    Removed ones stay listed, with who removed them and when.

    Examples:

      opsc jobs artifacts 0f3a9c1e
      opsc jobs artifacts 0f3a9c1e --target web-01 --step 2 --out saved
    """
    from opsconductor.wiring import open_container

    with open_container() as container:
        found = container.artifacts.list(job_id, target=target, step=step)
        saved = []
        if out is not None:
            out.mkdir(mode=0o700, parents=True, exist_ok=True)
            for artifact in found:
                if artifact.removed_at is None:
                    destination = out / artifact.file_name
                    if destination.exists():
                        raise Conflict(f"{destination} is there already.", remedy="Give another folder with --out.")
                    container.artifacts.fetch(artifact, destination)
                    saved.append(str(destination))
    if json:
        print_json({"artifacts": found, "saved": saved} if out is not None else found)
    elif not found:
        say("Nothing is kept of this job beside its events.")
    elif out is not None:
        removed = sum(a.removed_at is not None for a in found)
        say(f"Wrote {len(saved)} to {out}." + (f" {removed} were removed before." if removed else ""))
    else:
        table(["Artifact", "Kind", "Step", "Target", "What", "Size", "Removed (UTC)"], [_row(a) for a in found])


def prune(
    job_id: Annotated[str | None, typer.Argument(help="Only of this job, however old.")] = None,
    older_than: Annotated[
        int | None,
        typer.Option(
            min=0, max=MOST_DAYS, help="Of jobs that ended more than so many days ago; without it, the setting."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
    json: Json = False,
) -> None:
    """Remove artifacts (large outputs, reported events) and supervisors' logs of jobs that have ended.

    Events, results, plans, audit entries and fetched files stay, and each artifact stays listed with its SHA-256, who
    removed it and when. A server or worker does this by itself after OPSCONDUCTOR_ARTIFACT_DAYS (90).

    Example: opsc jobs prune --older-than 30 --dry-run
    """
    from opsconductor.actor import local_actor
    from opsconductor.wiring import open_container

    with open_container() as container:
        days = None if job_id else older_than if older_than is not None else container.settings.artifact_days or None
        if job_id is None and days is None:
            raise Conflict("This installation keeps artifacts for good.", remedy="Say from when on: --older-than DAYS.")
        done = container.artifacts.remove(local_actor(), job_id=job_id, days=days, dry_run=dry_run)
    if json:
        print_json(done)
        return
    verb = "Would remove" if dry_run else "Removed"
    say(f"{verb} {done.artifacts} artifacts and {done.logs} logs of {done.jobs} jobs ({size(done.size)}).")
    if done.kept:
        say(f"{done.kept} stay for now: their content came within the last ten minutes.", "yellow")


def _row(artifact: Artifact) -> tuple[str | int | None, ...]:
    removed = f"{artifact.removed_at:%Y-%m-%d %H:%M} by {artifact.removed_by}" if artifact.removed_at else None
    what = artifact.place or artifact.file_name
    return artifact.id, artifact.kind, artifact.step, artifact.target, what, size(artifact.size), removed
