# SPDX-License-Identifier: Apache-2.0
"""`opsc runbooks chain`: which runbooks follow a job of another one."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from opsconductor.cli.output import Json, console, print_json, say
from opsconductor.errors import InvalidInput

if TYPE_CHECKING:
    from opsconductor.domain.chains import Link
    from opsconductor.domain.runbooks import Runbook


def chain(
    name: Annotated[str, typer.Argument(help="The runbook's name.")],
    then: Annotated[
        str | None, typer.Argument(help="The runbook that follows. Without it, what follows is shown.")
    ] = None,
    on: Annotated[
        str | None,
        typer.Option("--on", metavar="OUTCOME", help="After success (default), or failure, partial included."),
    ] = None,
    approval: Annotated[
        bool | None,
        typer.Option(
            "--approval/--no-approval", help="Somebody must approve it each time; or need not.", show_default=False
        ),
    ] = None,
    param: Annotated[list[str] | None, typer.Option("--param", "-p", help="NAME=VALUE, as often as needed.")] = None,
    change: Annotated[
        int | None, typer.Option("--change", metavar="N", min=1, help="Change the Nth that follows; say what is new.")
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take THEN, the one of --change, or all out.")] = False,
    json: Json = False,
) -> None:
    """Let another runbook follow every job of this one; show, change or remove what follows.

    A change is saved as the runbook's next version and counts from the next job on. Naming a runbook again with the
    same outcome and values changes whether it is approved each time. A circle is refused.

    What follows needs its own approval: `opsc approve PLAN --standing` of a plan that was made of it holds for chains
    while the runbook's version and everything it covers stay the same; else its plan waits, seven days at most.

    Examples:

      opsc runbooks chain "Roll out agent" "Check agent" -p where=Web
      opsc runbooks chain "Roll out agent" "Tell the desk" --on failure
      opsc runbooks chain "Roll out agent" --change 2 --approval
      opsc runbooks chain "Roll out agent" "Check agent" --remove
      opsc runbooks chain "Roll out agent"
    """
    from opsconductor.actor import local_actor
    from opsconductor.cli.runbooks import pairs
    from opsconductor.wiring import open_container

    if on not in (None, "success", "failure"):
        raise InvalidInput(f"'{on}' is neither success nor failure.", remedy="Give --on success or --on failure.")
    said: dict[str, Any] = {
        "on": on, "approval": approval, "params": dict(pairs(param, "-p")) if param is not None else None,
    }  # fmt: skip
    said = {key: value for key, value in said.items() if value is not None}
    with open_container() as container:
        runbook = container.runbooks.get(name)
        before = runbook.document.then
        if then is not None or change is not None or remove or said:
            links = _links(before, then, change, said, remove=remove)
            runbook = container.runbooks.chain(runbook.name, links, local_actor())
    if json:
        print_json(runbook)
        return
    if runbook.document.then != before:
        say(f"Saved '{runbook.name}', version {runbook.version}.", "green")
    show_links(runbook)
    if not runbook.document.then:
        say(f"Nothing follows '{runbook.name}'.")


def _links(
    before: tuple["Link", ...], then: str | None, change: int | None, said: dict[str, Any], *, remove: bool
) -> tuple["Link", ...]:
    """What follows after that command."""
    from opsconductor.domain.chains import Link, changed, linked
    from opsconductor.domain.names import normal

    runbook = {} if then is None else {"runbook": normal(then)}
    if remove and said:
        raise InvalidInput("What is removed has no values.", remedy="Give --remove without --on, --approval and -p.")
    if change is not None:
        return changed(before, change, None if remove else {**runbook, **said})
    if remove:
        kept = tuple(link for link in before if runbook and link.runbook != runbook["runbook"])
        if kept == before and before:
            raise InvalidInput(f"'{then}' does not follow it.", remedy="`opsc runbooks chain NAME` shows what does.")
        return kept
    if not runbook:
        raise InvalidInput(
            "It is not said which one.", remedy="Name the runbook that follows, or the one to change: --change 1."
        )
    return linked(before, Link.model_validate(runbook | said))


def show_links(runbook: "Runbook") -> None:
    """What follows a runbook, numbered as `--change` counts."""
    for number, link in enumerate(runbook.document.then, start=1):
        given = "".join(f" {name}={brief(value)}" for name, value in link.params.items())
        each = ", approved each time" if link.approval else ""
        console.print(f"{number}. on {link.on}: '{link.runbook}'{given}{each}", markup=False, highlight=False)


def brief(value: Any) -> str:
    """A value of a runbook's parameter in a line."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {brief(inner)}" for name, inner in value.items())
    return ", ".join(str(part) for part in value) if isinstance(value, list | tuple) else str(value)
