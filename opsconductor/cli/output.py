# SPDX-License-Identifier: Apache-2.0
"""How commands print: tables and colours for people, JSON for programs."""

import json
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import typer
from pydantic import BaseModel
from rich.console import Console
from rich.table import Table
from rich.text import Text

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

#: The option every command has that prints data.
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def plain(value: Any) -> Any:
    """Domain values as JSON-ready data."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(v) for v in value]
    return value


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    typer.echo(json.dumps(plain(value), indent=2, ensure_ascii=False, default=str))


def table(headers: Sequence[str], rows: Iterable[Sequence[Any]], title: str | None = None) -> None:
    """A table; cells are printed as they are, without markup, whatever they contain."""
    made = Table(*headers, title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    count = 0
    for row in rows:
        made.add_row(*(c if isinstance(c, Text) else Text("" if c is None else str(c)) for c in row))
        count += 1
    if count:
        console.print(made)
    else:
        console.print("None yet.", style="dim")


def say(text: str, style: str | None = None) -> None:
    """One line of text without markup."""
    console.print(text, style=style, markup=False)
