# SPDX-License-Identifier: Apache-2.0
"""`opsc simulate …`: machines that are not there."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from opsconductor.errors import OpsConductorError

app = typer.Typer(no_args_is_help=True, help="Run simulated machines for rehearsals, demonstrations and tests.")
#: The command alone, for `python -m opsconductor.simulate.windows`.
windows_app = typer.Typer(add_completion=False)


def windows(
    count: Annotated[int, typer.Option(min=1, max=2000, help="How many hosts.")] = 1,
    address: Annotated[
        str, typer.Option(help="Loopback address of the first host; the others count up.")
    ] = "127.23.1.1",
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="WinRM port. [default: 5985, with TLS 5986]")
    ] = None,
    name: Annotated[str, typer.Option(help="Host names; {:02} stands for the number.")] = "win{:02}",
    user: Annotated[str, typer.Option(help="The administrator's name.")] = "Administrator",
    password_file: Annotated[
        Path | None,
        typer.Option(
            help="File with the password. If it is not there, the password comes from "
            "OPSCONDUCTOR_SIMULATED_PASSWORD or is made up, and is written there (0600)."
        ),
    ] = None,
    state: Annotated[Path | None, typer.Option(help="YAML or JSON file that says what the hosts are like.")] = None,
    control: Annotated[Path | None, typer.Option(help="Unix socket for looking at hosts and arming faults.")] = None,
    ready_file: Annotated[Path | None, typer.Option(help="JSON file that appears when all hosts listen.")] = None,
    tls: Annotated[bool, typer.Option("--tls", help="HTTPS with a self-signed certificate made now.")] = False,
    certificate: Annotated[Path | None, typer.Option(help="HTTPS with this PEM file (key and certificate).")] = None,
    basic_over_http: Annotated[
        bool, typer.Option("--basic-over-http", help="Allow Basic without TLS. Windows refuses it unless told to.")
    ] = False,
    folder: Annotated[
        Path | None, typer.Option(help="Folder for password and certificate. [default: a temporary one]")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Do not print a line for each request.")] = False,
    until_input_ends: Annotated[
        bool, typer.Option("--until-input-ends", hidden=True, help="End with the process that holds standard input.")
    ] = False,
) -> None:
    """Run simulated Windows hosts until Ctrl-C.

    They speak real WinRM (NTLM, and Basic over HTTPS), so real ansible.windows modules work against them; nothing on
    this machine is changed. What they cannot do fails and says so.

    Example: opsc simulate windows --count 3 --state servers.yml --control /tmp/lab.sock

    Then: ansible all -i 127.23.1.1, -m ansible.windows.win_ping -e ansible_connection=winrm -e ansible_port=5985
    -e ansible_winrm_transport=ntlm -e ansible_user=Administrator --ask-pass
    """
    from opsconductor.simulate.windows.program import Options, serve

    secure = tls or certificate is not None
    options = Options(
        count=count,
        address=address,
        port=port or (5986 if secure else 5985),
        name=name,
        user=user,
        folder=folder or (password_file.parent if password_file else Path(tempfile.mkdtemp(prefix="opsc-simulate-"))),
        password_file=password_file,
        state=state,
        control=control,
        ready_file=ready_file,
        tls=tls,
        certificate=certificate,
        basic_over_http=basic_over_http,
        quiet=quiet,
        until_input_ends=until_input_ends,
    )
    try:
        figures = asyncio.run(serve(options, typer.echo))
    except OpsConductorError as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(error.exit_code) from None
    typer.echo(f"stopped after {figures['requests']} requests, {figures['cpu_seconds']} s of CPU")


app.command("windows")(windows)
windows_app.command()(windows)


@app.callback()
def simulate() -> None:
    """Keeps `windows` a command of its own while it is the only one."""
