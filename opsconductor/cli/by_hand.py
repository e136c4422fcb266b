# SPDX-License-Identifier: Apache-2.0
"""Plans without a sentence on the command line: `--file`, or `--step`, `--on` and the options, as one document."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from opsconductor.errors import InvalidInput

if TYPE_CHECKING:
    from opsconductor.domain.documents import PlanDocument

    Check = Callable[[PlanDocument], object]

_WORD = re.compile(r"[A-Za-z_]\w*=", re.ASCII)
_PANEL = "Without a sentence"
_HOW = "How it runs, without a sentence"

File = Annotated[
    Path | None,
    typer.Option("--file", "-f", help="A plan document, YAML or JSON; - reads standard input.", rich_help_panel=_PANEL),
]
Steps = Annotated[
    list[str] | None,
    typer.Option(
        "--step",
        metavar="INTENT [NAME=VALUE]...",
        help="A step: a template and its parameters, each a word behind it. As often as needed, in their order.",
        rich_help_panel=_PANEL,
    ),
]
When = Annotated[
    list[str] | None,
    typer.Option(
        "--when",
        metavar="CONDITION",
        help='Behind a step: run it only where this holds, e.g. "not service_running nginx".',
        rich_help_panel=_PANEL,
    ),
]
On = Annotated[
    list[str] | None,
    typer.Option(
        "--on",
        help="group:NAME, host:NAME, role:NAME, platform:linux, os_version:TEXT, everything; or a bare name of either.",
        rich_help_panel=_PANEL,
    ),
]
Except = Annotated[
    list[str] | None, typer.Option("--except", help="A group or machine that is left out.", rich_help_panel=_PANEL)
]
Query = Annotated[
    bool, typer.Option("--query", help="It only asks: what does not hold is no failure.", rich_help_panel=_PANEL)
]
Batch = Annotated[str | None, typer.Option(help="Targets at a time: 5, 10%.", rich_help_panel=_HOW)]
MaxFail = Annotated[str | None, typer.Option(help="Stop when more fail: 2, 10%.", rich_help_panel=_HOW)]
Canary = Annotated[int | None, typer.Option(help="So many targets first.", rich_help_panel=_HOW)]
Pause = Annotated[str | None, typer.Option(help="Seconds between batches.", rich_help_panel=_HOW)]
JobTimeout = Annotated[str | None, typer.Option(help="Seconds the whole job may take.", rich_help_panel=_HOW)]
TargetTimeout = Annotated[
    str | None, typer.Option(help="Seconds its tasks may take on one target, all together.", rich_help_panel=_HOW)
]
VerifyTimeout = Annotated[str | None, typer.Option(help="Seconds a check may wait.", rich_help_panel=_HOW)]
Rollback = Annotated[bool, typer.Option("--rollback", help="Undo a target that fails.", rich_help_panel=_HOW)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Change nothing, tell what would.", rich_help_panel=_HOW)]
Log = Annotated[bool, typer.Option("--log", help="Keep a log.", rich_help_panel=_HOW)]


class PlanCommand(TyperCommand):
    """`opsc plan`, whose --step takes the words behind it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments, the words of each step gathered first."""
        return super().parse_args(ctx, gathered(args))


def gathered(args: Sequence[str]) -> list[str]:
    """The arguments with each --step, its NAME=VALUE words and its --when as one value (JSON)."""
    result: list[str] = []
    waiting = list(args)
    while waiting:
        argument = waiting.pop(0)
        if argument == "--":
            return [*result, argument, *waiting]
        name, mark, rest = argument.partition("=")
        if name != "--step" or not (mark or waiting):
            result.append(argument)
            continue
        step: dict[str, Any] = {"intent": rest if mark else waiting.pop(0), "words": [], "when": []}
        while waiting and (_WORD.match(waiting[0]) or waiting[0].partition("=")[0] == "--when"):
            word = waiting.pop(0)
            if not word.startswith("--when"):
                step["words"].append(word)
            elif "=" in word:
                step["when"].append(word.partition("=")[2])
            elif waiting:
                step["when"].append(waiting.pop(0))
        result += ["--step", json.dumps(step)]
    return result


def document_from(
    steps: list[str], when: list[str] | None, on: list[str] | None, without: list[str] | None, query: bool, how: Any
) -> "PlanDocument":
    """The document that the options of the command are. Raises InvalidDocument with every fault of its form."""
    from opsconductor.domain.documents import PlanDocument
    from opsconductor.services.documents import validated

    if when:
        raise InvalidInput(
            f"The condition '{when[0]}' stands behind no step.", remedy="Put --when behind the --step that it is for."
        )
    raw = {
        "targets": {"on": on or [], "exclude": without or []},
        "steps": [_step(json.loads(step)) for step in steps],
        "options": {name: value for name, value in how.items() if value not in (None, False)},
        "query": query,
    }
    return validated(raw, PlanDocument, "The command")


def _step(told: dict[str, Any]) -> dict[str, Any]:
    params: dict[str, Any] = {}
    for word in told["words"]:
        name, _, value = word.partition("=")
        params[name] = value if name not in params else [*_many(params[name]), value]
    return {"intent": told["intent"], "params": params, "when": told["when"]}


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@contextmanager
def read_plan(path: Path, check: "Check") -> "Iterator[PlanDocument]":
    """The plan document in a file; faults found in the block, and by `check`, are told with their lines."""
    from opsconductor.domain.documents import PlanDocument
    from opsconductor.services.documents import every_fault, located, parse, read_file

    text, source = read_file(path)
    with located(text, source):
        with every_fault(check, source):
            document = parse(text, PlanDocument, source)
        yield document
