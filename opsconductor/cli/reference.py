# SPDX-License-Identifier: Apache-2.0
"""`python -m opsconductor.cli.reference`: every command as Markdown, from the commands' own help."""

import html
import re
import sys

import typer
from typer.cli import get_docs_for_click  # type: ignore[attr-defined,unused-ignore]


def reference() -> str:
    """The whole reference of `opsc`."""
    from opsconductor.cli.commands import make_app

    command = typer.main.get_command(make_app())
    text = get_docs_for_click(obj=command, ctx=typer.Context(command), name="opsc")
    text = re.sub(r"^\* `--(install|show)-completion`.*\n", "", html.unescape(text), flags=re.MULTILINE)
    return text.rstrip() + "\n"


if __name__ == "__main__":
    sys.stdout.write(reference())
