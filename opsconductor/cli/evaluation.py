# SPDX-License-Identifier: Apache-2.0
"""`opsc eval`: what the planner makes of many requests, to be compared with what is right."""

import json as json_
from pathlib import Path
from typing import Annotated

import typer

from opsconductor.cli.output import Json, print_json, say, table

app = typer.Typer(no_args_is_help=True)


@app.callback()
def root() -> None:
    """What the planner makes of many requests."""


@app.command()
def predict(
    requests: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help='JSON lines: {"id", "text", "assets"?} each.')
    ],
    estate: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="The machines and groups they speak of, and the clock.")
    ],
    out: Annotated[Path, typer.Option(dir_okay=False, help="Where the predictions go, JSON lines.")],
) -> None:
    """Read every request of a file and write what it was understood as. Nothing is stored, nothing runs.

    Example: opsc eval predict --requests requests.jsonl --estate estate.json --out predictions.jsonl
    """
    from opsconductor.playbooks.catalogue import load_catalogue, template_paths
    from opsconductor.services.evaluating import Evaluation, read_estate, read_rows
    from opsconductor.settings import Settings

    known, now = read_estate(estate)
    evaluation = Evaluation(load_catalogue(template_paths(Settings().template_path)), known, now)
    rows = [evaluation.predict(row) for row in read_rows(requests)]
    out.write_text("".join(json_.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    say(f"{len(rows)} predictions written to {out}.", "green")


@app.command()
def miss(
    plan_id: Annotated[str, typer.Argument(help="The plan that was not what was meant.")],
    meant: Annotated[str | None, typer.Option(help="What was meant, as a whole request.")] = None,
    json: Json = False,
) -> None:
    """Keep that a plan is not what was meant. With --meant the correction is planned right away; nothing runs.

    Typing "that is not what I meant" or "wrong, I meant …" as the next request does the same.

    Example: opsc eval miss 0193f0aa --meant "restart the tomcat service on app-01"
    """
    from opsconductor.actor import local_actor
    from opsconductor.cli.plans import show
    from opsconductor.wiring import open_container

    with open_container() as container:
        kept, corrected = container.planning.correct(plan_id, meant, local_actor())
    if json:
        print_json({"miss": kept, "plan": corrected.plan if corrected else None})
        return
    say("Noted. `opsc eval misses` exports it as an example for the catalogue.", "green")
    if corrected is not None:
        show(corrected, json=False)


@app.command()
def misses(
    out: Annotated[Path | None, typer.Option(dir_okay=False, help="Write the examples there, as YAML.")] = None,
    json: Json = False,
) -> None:
    """Requests that were misread, as examples for the catalogue: for every template that was meant the rows to add to
    `examples` in its template.yml, and whether they are read rightly by now.

    Example: opsc eval misses --out misses.yml
    """
    from opsconductor.services.learning import as_document
    from opsconductor.wiring import open_container

    with open_container() as container:
        reports = container.learning.reports()
    if out is not None:
        import yaml

        text = yaml.safe_dump(as_document(reports), sort_keys=False, allow_unicode=True, width=120)
        out.write_text(text, encoding="utf-8")
    if json:
        print_json(reports)
    elif out is not None:
        say(f"{len(reports)} misses written to {out}.", "green")
    else:
        rows = [
            (
                report.said,
                ", ".join(report.misread_as) or report.outcome,
                report.miss.meant or "not said",
                ", ".join(report.meant_as),
                f"{sum(e.read_rightly for e in report.examples)} of {len(report.examples)}" if report.examples else "",
            )
            for report in reports
        ]
        table(["Said", "Misread as", "Meant", "Which is", "Read rightly now"], rows)
