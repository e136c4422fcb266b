# SPDX-License-Identifier: Apache-2.0
"""`opsc serve`, `opsc worker` and `opsc demo`."""

import signal
import sys
import threading
from typing import TYPE_CHECKING, Annotated

import typer

from opsconductor.cli.output import say
from opsconductor.domain.jobs import EXIT_CODES
from opsconductor.errors import InvalidInput, Refused
from opsconductor.queue.serving import serving

if TYPE_CHECKING:
    from opsconductor.wiring import Container

#: Seconds between two looks whether a job is left.
_PACE = 0.5


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; loopback only until users exist.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="0 picks a free port.")] = None,
) -> None:
    """Serve the API and the web console, and run queued jobs.

    Listens on loopback only: there are no users yet, so whoever reaches the address may do everything.
    """
    from api.guard import is_loopback
    from api.server import serve as serve_api
    from opsconductor.logging import configure_logging
    from opsconductor.wiring import open_container

    with open_container(long_lived=True) as container, serving(container.settings.home):
        settings = container.settings
        configure_logging(settings)
        address = host or settings.host
        if not is_loopback(address):
            raise Refused(
                f"Not serving on {address}: without users and TLS everyone who reaches it could run jobs.",
                remedy="Listen on 127.0.0.1 and reach it through an SSH tunnel: ssh -L 8420:127.0.0.1:8420 THIS-HOST",
            )
        _warn_of_templates(container)
        serve_api(
            container,
            host=address,
            port=port if port is not None else settings.port,
            ready=lambda url: say(f"Web console: {url}", "bold green"),
        )


def _warn_of_templates(container: "Container") -> None:
    """Say at the start what every plan would say: a fault in one's own templates. Jobs run all the same."""
    if not container.settings.template_path:
        return
    try:
        _ = container.catalogue
    except InvalidInput as error:
        say(f"Nothing can be planned until this is mended: {error}", "red")


def worker(
    until_idle: Annotated[
        bool,
        typer.Option("--until-idle", help="End once no job is left, or if another worker or server is there."),
    ] = False,
) -> None:
    """Run queued jobs of this HOME until ended (Ctrl-C); steps under way go on by themselves."""
    from opsconductor.logging import configure_logging
    from opsconductor.wiring import open_container

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with open_container(long_lived=not until_idle) as container:
        configure_logging(container.settings)
        if until_idle:
            _work_until_idle(container, stop)
            return
        with serving(container.settings.home), container.local_queue():
            say("Running queued jobs. Ctrl-C ends the worker, not the jobs.", "green")
            stop.wait()


def _work_until_idle(container: "Container", stop: threading.Event) -> None:
    # A job that came while the lock was given back relied on it: hence the second look.
    while container.jobs.active() and not stop.is_set():
        with serving(container.settings.home, alone=True) as alone:
            if not alone:
                return
            with container.local_queue():
                while container.jobs.active() and not stop.wait(_PACE):
                    pass


def demo(
    no_serve: Annotated[
        bool, typer.Option("--no-serve", help="End after the job, with its status as exit code.")
    ] = False,
    count: Annotated[int, typer.Option(min=1, max=200, help="Simulated Windows hosts.")] = 25,
    deny: Annotated[int | None, typer.Option(min=1, help="Deny the file copy on this host, to see a failure.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Of the web console; 0 picks a free one.")] = None,
) -> None:
    """The main job end to end on simulated Windows hosts, then the web console.

    Starts 25 simulated Windows hosts (real WinRM protocol, simulated Windows behind it), says the sentence, answers
    its questions, approves, runs and checks every host from the host's side. Everything lives in its own HOME.

    Exit codes: the job's (see `opsc run --help`), 1 when the job succeeded and a host is not as it should be.
    """
    from opsconductor.cli.demo.show import Demo

    with Demo(count=count, denied=deny) as show:
        status, as_expected = show.play()
        if not no_serve and sys.stdin.isatty() and sys.stdout.isatty():
            show.serve(port)
    raise typer.Exit(EXIT_CODES[status] or (0 if as_expected else 1))
