# SPDX-License-Identifier: Apache-2.0
"""How commands print: tables and colours for people, JSON for programs."""

import json
import re
from collections.abc import Collection, Iterable, Sequence
from typing import Annotated, Any

import typer
from pydantic import BaseModel
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from opsconductor.domain.plain_text import without_controls

#: JSON leaves these as they are; a terminal obeys some, and a lone surrogate cannot be written.
_UNSAFE = re.compile("[\x7f-\x9f\ud800-\udfff]")


class PlainConsole(Console):
    """Prints no terminal sequence but its own: names and messages come from files and machines of others."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Segments whose text moves nothing."""
        for segment in super().render(renderable, options):
            text, style, control = segment
            yield segment if control else Segment(_writable(without_controls(text)), style)


def _writable(text: str) -> str:
    return text.encode(errors="replace").decode()


console = PlainConsole(highlight=False)
errors = PlainConsole(stderr=True, highlight=False)

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
    typer.echo(json_text(plain(value), indent=2))


def json_text(value: Any, indent: int | None = None) -> str:
    """JSON that is readable and harmless on a terminal."""
    text = json.dumps(value, indent=indent, ensure_ascii=False, default=str)
    return _UNSAFE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def table(
    headers: Sequence[str], rows: Iterable[Sequence[Any]], title: str | None = None, whole: Collection[str] = ()
) -> None:
    """A table; cells are printed as they are, without markup, whatever they contain; columns in `whole` on one line."""
    made = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for at, header in enumerate(headers):
        # What a row is called by is never cut: it is what the next command takes.
        made.add_column(header, no_wrap=at == 0 or header in whole, overflow="fold" if at == 0 else "ellipsis")
    count = 0
    for row in rows:
        made.add_row(*(c if isinstance(c, Text) else Text("" if c is None else str(c)) for c in row))
        count += 1
    if count:
        console.print(made)
    else:
        console.print("None yet.", style="dim")


def say(text: str, style: str | None = None) -> None:
    """One line of text without markup; one line in a file, too, whatever its length."""
    console.print(text, style=style, markup=False, soft_wrap=not console.is_terminal)
