# SPDX-License-Identifier: Apache-2.0
"""`opsc eval`: what the planner makes of many requests, to be compared with what is right."""

import json as json_
from pathlib import Path
from typing import Annotated

import typer

from opsconductor.cli.output import say

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
