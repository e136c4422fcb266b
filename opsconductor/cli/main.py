# SPDX-License-Identifier: Apache-2.0
"""The command `opsc`: sets its process up, loads the commands, turns errors into a message, a remedy, an exit code."""

import atexit
import gc
import os
import sys

from opsconductor.errors import OpsConductorError


def main() -> None:
    """The entry point of `opsconductor` and `opsc`."""
    # Whatever this process or a child writes is for its owner alone.
    os.umask(0o077)
    _load_quickly()
    try:
        from opsconductor.cli.commands import make_app

        make_app(sys.argv[1] if len(sys.argv) > 1 else None)()
    except OpsConductorError as error:
        _end(error)
    except BrokenPipeError:
        # The reader (head, less) has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        from opsconductor.cli.failures import told

        failure = told(error)
        if failure is None:
            raise
        _end(failure)


def _load_quickly() -> None:
    """Leave out what costs every command time while it loads and ends, and brings none anything."""
    # A command makes many objects while it loads and throws few away: looking for those takes a tenth of its time.
    gc.set_threshold(50_000, 20, 50)
    # Looking through all of them once more at the end takes a quarter, to free what the system frees anyway.
    atexit.register(gc.freeze)
    # pydantic would read the metadata of every installed distribution, in search of a plugin that nobody asked for.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


def _end(error: OpsConductorError) -> None:
    """Tell an error and end with its exit code."""
    from opsconductor.cli.output import errors, json_text

    if "--json" in sys.argv:
        sys.stdout.write(json_text(error.problem()) + "\n")
    errors.print("[bold red]Error:[/] ", end="")
    errors.print(error.message, markup=False, highlight=False)
    if error.remedy:
        errors.print("[bold]What to do:[/] ", end="")
        errors.print(error.remedy, markup=False, highlight=False)
    sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
