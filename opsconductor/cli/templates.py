# SPDX-License-Identifier: Apache-2.0
"""`opsc templates`: what can be said, with parameters, risk and examples."""

from pathlib import Path
from typing import Annotated

import typer

from opsconductor.cli.output import Json, console, print_json, say, table
from opsconductor.errors import NotFound

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_(json: Json = False) -> None:
    """All playbook templates."""
    from opsconductor.wiring import open_container

    with open_container() as container:
        templates = list(container.catalogue)
    if json:
        print_json(templates)
        return
    rows = [
        (
            t.id,
            t.title,
            ", ".join(t.platforms) or "cannot run yet",
            t.risk,
            f"“{t.examples[0].text}”" if t.examples else "",
        )
        for t in templates
    ]
    table(["Intent", "What it does", "On", "Risk", "For example"], rows)


@app.command()
def show(
    intent: Annotated[str, typer.Argument(help="A template's id, e.g. service.stop.")], json: Json = False
) -> None:
    """One template: parameters, risk, undo, verification and examples."""
    from opsconductor.wiring import open_container

    with open_container() as container:
        template = container.catalogue.get(intent)
    if template is None:
        raise NotFound(f"There is no template '{intent}'.", remedy="`opsc templates list` shows all.")
    if json:
        print_json(template)
        return
    console.print(template.title, style="bold", markup=False)
    say(f"Risk {template.risk}: {template.risk_reason}")
    say(f"Undo: {template.undo.sentence if template.undo else template.irreversible or 'nothing to undo'}")
    if template.verify:
        say(f"Verified: {template.verify}")
    rows = [
        (name, p.type, "yes" if p.required else f"default {p.default}" if p.default is not None else "", p.description)
        for name, p in template.parameters.items()
    ]
    table(["Parameter", "Type", "Required", "Meaning"], rows)
    for example in template.examples:
        say(f"  “{example.text}”", "dim")


@app.command()
def check(
    folder: Annotated[
        list[Path] | None,
        typer.Argument(help="Template folders to check with the shipped ones; left out: those of the settings."),
    ] = None,
    json: Json = False,
) -> None:
    """Find everything wrong with templates: manifests, task files that are missing, examples that are read as something
    else, templates that clash.

    Example: opsc templates check ./our-templates
    """
    from opsconductor.playbooks.catalogue import TemplateError, find_faults, template_paths
    from opsconductor.settings import Settings
    from planner.examples import check_examples

    faults = find_faults(template_paths(folder or Settings().template_path), check_examples)
    if json:
        print_json([{"message": f.message, "remedy": f.remedy, **f.context} for f in faults])
    elif not faults:
        say("All templates are well, and every example is read as it says.", "green")
    for fault in faults if not json else ():
        say(f"✗ {fault.message}", "red")
        say(f"  {fault.remedy}", "dim")
    if faults:
        raise typer.Exit(TemplateError.exit_code)
