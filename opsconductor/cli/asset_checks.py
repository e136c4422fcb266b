# SPDX-License-Identifier: Apache-2.0
"""`opsc assets trust` and `check`: host keys recorded after a look, connections tried as a job would use them."""

from typing import Annotated

import typer
from rich.text import Text

from opsconductor.cli.output import Json, print_json, say, table
from opsconductor.domain.assets import RUNNABLE
from opsconductor.domain.checks import CheckResult, KeyState, OfferedKeys, Verdict
from opsconductor.errors import InvalidInput, OpsConductorError

Names = Annotated[list[str], typer.Argument(help="Names of assets.")]
_MARKS = {
    Verdict.OK: Text("✓", "green"),
    Verdict.FAILED: Text("✗", "bold red"),
    Verdict.NOT_TRIED: Text("–"),
    Verdict.NONE: Text(""),
}


def trust(
    names: Annotated[list[str] | None, typer.Argument(help="Names of assets.")] = None,
    group: Annotated[
        list[str] | None,
        typer.Option(help="Also those in this group, at any depth, whose key is not recorded yet; repeatable."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Record without asking.")] = False,
    fingerprint: Annotated[
        str | None, typer.Option(help="Record only the key with this fingerprint (SHA256:…), without asking.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace a recorded key that has changed.")] = False,
    json: Json = False,
) -> None:
    """Fetch the SSH host keys of machines, show their fingerprints and record them; jobs check them from then on.

    Compare the fingerprint with the machine's own: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub

    Examples:

      opsc assets trust web1 web2

      opsc assets trust web1 --fingerprint SHA256:…

      opsc assets trust web1 --replace

      opsc assets trust --group "Production Web"
    """
    from opsconductor.actor import local_actor
    from opsconductor.wiring import open_container

    if not names and not group:
        raise InvalidInput("Whose host key?", remedy="Give names of assets, or --group NAME.")
    if fingerprint is not None and (len(names or ()) != 1 or group):
        raise InvalidInput("A fingerprint is that of one machine.", remedy="Give one name with --fingerprint.")
    done: list[OfferedKeys] = []
    failures: list[OpsConductorError] = []
    with open_container() as container:
        for name in group or ():
            container.groups.get(name)  # an unknown one is told with near names
        wanted = dict.fromkeys((*(names or ()), *container.checks.unrecorded(group or ())))
        if not wanted and not json:
            say("Every SSH host key there is recorded.")
        for found in container.checks.offered(wanted):
            if not json:
                _show_keys(found)
            if not _confirmed(found, given=yes or fingerprint is not None, replace=replace, ask=not json):
                done.append(found)
                continue
            try:
                done.append(container.checks.trust(found, local_actor(), expected=fingerprint, replace=replace))
            except OpsConductorError as error:  # the others are still worth a look
                failures.append(error)
                continue
            if not json:
                say("Recorded.", "green")
    if json and not failures:  # the failure is the one JSON document then
        print_json(done)
    for failure in failures[1:]:
        say(str(failure), "red")
    if failures:
        raise failures[0]


def _confirmed(found: OfferedKeys, *, given: bool, replace: bool, ask: bool) -> bool:
    """Whether to record; a key nobody may record goes on to the service, which says why not."""
    refused = found.state in (KeyState.UNREACHABLE, KeyState.NONE) or (found.state is KeyState.CHANGED and not replace)
    if given or refused:
        return True
    if found.state is KeyState.SAME or not ask:
        return False
    try:
        return typer.confirm("Are these the fingerprints of that machine? Record them", default=False)
    except typer.Abort:
        raise InvalidInput(
            "There is nobody to confirm the fingerprints.",
            remedy="Compare them with the machine's own, then add --fingerprint SHA256:… or --yes.",
        ) from None


def check(names: Names, json: Json = False) -> None:
    """Try every connection of machines: port, host key, login, become. Nothing is changed on them.

    Where the login works, it is recorded where Python was found, and the operating system where none is recorded.

    Exits 7 when a connection that jobs would use does not work.

    Example: opsc assets check web1 cis-01
    """
    from opsconductor.actor import local_actor
    from opsconductor.wiring import open_container

    with open_container() as container:
        results = container.checks.check(names, local_actor())
    if json:
        print_json(list(results))
    else:
        _show_results(results)
    if not all(result.good for result in _used_by_jobs(results)):
        raise typer.Exit(7)


def _used_by_jobs(results: tuple[CheckResult, ...]) -> list[CheckResult]:
    """Of each asset the connection jobs run over, the first one that can; all of an asset that has none."""
    by_asset: dict[str, list[CheckResult]] = {}
    for result in results:
        by_asset.setdefault(result.asset, []).append(result)
    used: list[CheckResult] = []
    for tried in by_asset.values():
        runnable = [result for result in tried if result.kind in RUNNABLE]
        used += runnable[:1] or tried
    return used


def _show_keys(found: OfferedKeys) -> None:
    style = {KeyState.CHANGED: "bold red", KeyState.UNREACHABLE: "red"}.get(found.state, "bold")
    place = f"  {found.address}:{found.port}" if found.address else ""
    say(f"{found.asset}{place}  {found.message}", style)
    for key in found.offered:
        say(f"  {key.kind}  {key.fingerprint}")
    if found.state is KeyState.CHANGED:
        for key in found.recorded:
            say(f"  recorded: {key.kind}  {key.fingerprint}", "dim")


def _show_results(results: tuple[CheckResult, ...]) -> None:
    rows = [
        (
            result.asset,
            f"{result.kind or 'none'} {result.address}:{result.port}",
            *(_MARKS[stage] for stage in (result.reachable, result.host_key, result.login, result.become)),
            result.message,
        )
        for result in results
    ]
    table(["Asset", "Connection", "Port", "Host key", "Login", "Become", "Found"], rows)
    for warning, warned in _warnings(results).items():
        say(f"\nWarning: {warning} ({', '.join(dict.fromkeys(warned))})", "yellow")
    for result in results:
        if result.remedy:
            say(f"\n{result.asset}, {result.kind or 'no connection'}:", "bold")
            say(result.remedy)


def _warnings(results: tuple[CheckResult, ...]) -> dict[str, list[str]]:
    """Each warning once, with the assets it is about."""
    found: dict[str, list[str]] = {}
    for result in results:
        if result.warning:
            found.setdefault(result.warning, []).append(result.asset)
    return found
