# SPDX-License-Identifier: Apache-2.0
"""python -m tests.lab: hosts that stay up between commands, for molecule and for trying things by hand."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.lab import inventory
from tests.lab.errors import LabError
from tests.lab.lab import find, open_lab, prune, runs


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, or 1 with a line on standard error."""
    options = _parser().parse_args(arguments)
    try:
        commands = {"up": _up, "down": _down, "list": _list, "prune": _prune}
        commands[options.command](options)
    except LabError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="start a host per name and leave them running")
    up.add_argument("--run", default="hand", help="the run's name (default: %(default)s)")
    up.add_argument("--inventory", type=Path, help="write an Ansible inventory of the hosts here")
    up.add_argument("names", nargs="+", metavar="NAME")
    down = commands.add_parser("down", help="end a run's hosts and remove them")
    down.add_argument("--run", default="hand", help="the run's name (default: %(default)s)")
    commands.add_parser("list", help="show all runs and their hosts")
    commands.add_parser("prune", help="remove what dead runs left")
    return parser


def _up(options: argparse.Namespace) -> None:
    if find(options.run) is not None:
        raise LabError(f"run {options.run} is up already: python -m tests.lab down --run {options.run}")
    lab = open_lab(options.run, _say)
    try:
        for host in lab.up(*options.names, keep=True):
            _say(f"{host.name}: ssh -i {host.key_path} {host.user}@{host.address}")
        if options.inventory is not None:
            inventory.write(lab, options.inventory)
    except BaseException:
        lab.close()
        raise


def _down(options: argparse.Namespace) -> None:
    lab = find(options.run)
    if lab is None:
        _say(f"run {options.run} is not up")
    else:
        lab.close()


def _list(_options: argparse.Namespace) -> None:
    for lab in runs():
        hosts = ", ".join(f"{host.name} {host.address}" for host in lab.hosts.values())
        _say(f"{lab.label} ({lab.checkout}, slot {lab.slot.number}): {hosts or 'no hosts'}")


def _prune(_options: argparse.Namespace) -> None:
    slots = prune()
    _say(f"removed {len(slots)} dead runs" if slots else "nothing to remove")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
