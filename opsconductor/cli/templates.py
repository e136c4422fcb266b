# SPDX-License-Identifier: Apache-2.0
"""`opsc templates`: what can be said, with parameters, risk and examples."""

from pathlib import Path
from typing import Annotated

import typer

from opsconductor.cli.output import Json, console, print_json, say, table
from opsconductor.domain.base import Platform
from opsconductor.errors import Conflict, InvalidInput, NotFound

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
def new(
    intent: Annotated[str, typer.Argument(metavar="FAMILY.NAME", help="Its id, e.g. banner.set: what, and a verb.")],
    into: Annotated[
        Path | None, typer.Option(help="Folder of your templates; else the first one of the settings.", file_okay=False)
    ] = None,
    platform: Annotated[list[Platform] | None, typer.Option(help="linux, windows; linux when not given.")] = None,
    read_only: Annotated[bool, typer.Option("--read-only", help="It only reads: no undo, no effects.")] = False,
    json: Json = False,
) -> None:
    """Make the folder of a new template, with marks where something is to be filled in. Then: `opsc templates check`.

    Example: opsc templates new banner.set --into our-templates
    """
    from opsconductor.playbooks.catalogue import shipped_templates
    from opsconductor.playbooks.scaffold import make_template
    from opsconductor.settings import Settings

    own = Settings().template_path
    root = into or (own[0] if own else None)
    if root is None:
        raise InvalidInput(
            "It is not known where your templates are.",
            remedy="Name a folder: --into our-templates. The setting template_path makes it known for good.",
        )
    if shipped_templates().joinpath(*intent.split(".")).exists():
        raise Conflict(f"There is a template '{intent}' already.", remedy="Take another id.")
    written = make_template(root, intent, list(dict.fromkeys(platform or [Platform.LINUX])), read_only=read_only)
    if json:
        print_json([str(path) for path in written])
        return
    for path in written:
        say(f"Written: {path}", "green")
    say(f"Fill in what is marked, then: opsc templates check {root}", "dim")


@app.command()
def check(
    folder: Annotated[
        list[Path] | None,
        typer.Argument(help="Template folders to check with the shipped ones; left out: those of the settings."),
    ] = None,
    lint: Annotated[bool, typer.Option(help="Run ansible-lint over what is rendered.")] = True,
    json: Json = False,
) -> None:
    """Find everything wrong with templates: manifests, task files that are missing, examples that are read as something
    else, templates that clash. Then their examples are rendered as playbooks, and these are linted; nothing runs.

    Example: opsc templates check ./our-templates
    """
    from opsconductor.playbooks.catalogue import TemplateError, find_faults, template_paths
    from opsconductor.services.template_checks import Trial, try_out
    from opsconductor.settings import Settings
    from planner.examples import check_examples

    own = folder or list(Settings().template_path)
    faults = find_faults(template_paths(own), check_examples)
    trial = Trial() if faults or not own else try_out(template_paths(own), own, with_lint=lint)
    faults += trial.faults
    if json:
        print_json([{"message": f.message, "remedy": f.remedy, **f.context} for f in faults])
    elif not faults:
        say("All templates are well, and every example is read as it says.", "green")
        if own:
            linted = "rendered and linted" if trial.linted else "rendered"
            say(
                f"{trial.rendered} of {trial.examples} examples were {linted}.", "green" if trial.rendered else "yellow"
            )
            if trial.rendered < trial.examples:
                say("One for each set of parameters: others give the same tasks, or lack what a run needs.", "dim")
    for note in trial.notes if not json else ():
        say(f"! {note}", "yellow")
    for fault in faults if not json else ():
        say(f"✗ {fault.message}", "red")
        say(f"  {fault.remedy}", "dim")
    if faults:
        raise typer.Exit(TemplateError.exit_code)
