# SPDX-License-Identifier: Apache-2.0
"""`opsc doctor`: whether this installation is fit for work, and whether the templates are on a machine of one's own."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from opsconductor.cli.output import Json, console, errors, json_text, plain, print_json, say, table
from opsconductor.errors import InvalidInput

if TYPE_CHECKING:
    from opsconductor.conformance.report import ConformanceReport
    from opsconductor.domain.jobs import Job

#: Seconds between two looks at a job.
_PACE = 0.25


def doctor(
    conformance: Annotated[
        str | None,
        typer.Option(
            metavar="HOST", help="Try the templates out on this asset, and take back or remove what they did."
        ),
    ] = None,
    part: Annotated[
        list[str] | None,
        typer.Option(help="Only this part of it, as often as needed: reading, files, accounts, settings."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before anything is changed there.")] = False,
    report: Annotated[Path | None, typer.Option(help="Write the report here, as JSON, to be sent back.")] = None,
    json: Json = False,
) -> None:
    """Check this installation; with --conformance, try the templates out on a test machine of your own.

    Each part runs as a dry run, then for real and once more, and is taken back. The report says what each template did
    and what went wrong, and names the machine's system; what programs print of a failure stands in it as it is.

    Exit codes: 0 all is well, 21 something is not.

    Example: opsc doctor --conformance win-test-01 --report report.json
    """
    if conformance is None:
        _installation(json=json)
        return
    from opsconductor.actor import local_actor
    from opsconductor.wiring import open_container

    with open_container() as container:
        asset = container.assets.get(conformance)
        if not yes:
            _confirm(asset.name)

        def follow(job: "Job") -> None:
            for _ in container.following.watch(job.id):
                time.sleep(_PACE)

        with container.local_queue(), console.status("Starting") as status:

            def announce(what: str) -> None:
                status.update(what)
                if not console.is_terminal:
                    errors.print(what)

            made = container.conformance.run(asset.name, local_actor(), follow, announce, part)
    if report is not None:
        report.write_text(json_text(plain(made), indent=1) + "\n", encoding="utf-8")
    print_json(made) if json else _show(made, report)
    raise typer.Exit(0 if made.good else 21)


def _confirm(name: str) -> None:
    if not sys.stdin.isatty():
        raise InvalidInput("There is no terminal to confirm on.", remedy="Add --yes once you are sure of the machine.")
    say(
        f"This makes accounts, files and settings named opsc-conformance on {name}, installs a small package where it "
        "can, and takes all of it back. Choose a machine that may be lost.",
        "yellow",
    )
    typer.confirm("Proceed?", abort=True)


def _show(made: "ConformanceReport", path: Path | None) -> None:
    say(f"{made.platform} over {made.connection}: {', '.join(str(v) for v in made.host.values())}", "bold")
    rows = [
        ("✓" if step.good else "✗", step.intent, ", ".join(step.seen), "; ".join(step.faults)) for step in made.steps
    ]
    table(["", "Template", "Seen", "What went wrong"], rows)
    good = sum(step.good for step in made.steps)
    say(f"{good} of {len(made.steps)} steps did what they say.", "green" if made.good else "red")
    if path is not None:
        say(f"The report is in {path}. Read it before you send it back: programs may have printed names.")


def _installation(*, json: bool) -> None:
    from opsconductor.services.installation import examine
    from opsconductor.settings import Settings

    findings = examine(Settings())
    if json:
        print_json(findings)
    else:
        table(
            ["", "What", "Found", "What to do"],
            [("✓" if f.good else "✗", f.name, f.found, "" if f.good else f.remedy) for f in findings],
        )
    raise typer.Exit(0 if all(f.good for f in findings) else 21)
