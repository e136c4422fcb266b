# SPDX-License-Identifier: Apache-2.0
"""Fixtures that several kinds of tests share."""

import os
from importlib import import_module
from pathlib import Path

import pytest

pytest_plugins = [
    "tests.fixtures.linux_hosts",
    "tests.fixtures.installation",
    "tests.fixtures.postgresql",
    "tests.fixtures.telnetd",
    "tests.fixtures.verified",
]

# Whoever runs the tests has settings of their own; the tests have none but their own.
for name in [n for n in os.environ if n.startswith(("OPSCONDUCTOR_", "ANSIBLE_")) or n == "COLUMNS"]:
    del os.environ[name]
# A console keeps for good the width that it finds at its making: it is made here, without one.
import_module("opsconductor.cli.output")


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test ever touches the user's own HOME of the product."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("OPSCONDUCTOR_HOME", str(home))
    monkeypatch.setenv("OPSCONDUCTOR_CONFIG", str(home / "none.toml"))
    monkeypatch.setenv("OPSCONDUCTOR_WATCH_SECONDS", "4")
    return home


def pytest_addoption(parser: pytest.Parser) -> None:
    """How much of the long tests a run takes."""
    parser.addoption("--rotate", type=int, default=1, metavar="N", help="one of N of the rotating tests, by the seed")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out the rotating tests whose turn it is not; with another seed it is theirs."""
    every = config.getoption("rotate")
    rotating = sorted((item for item in items if item.get_closest_marker("rotating")), key=lambda item: item.nodeid)
    turn = config.getoption("randomly_seed") % every
    left = {item.nodeid for number, item in enumerate(rotating) if number % every != turn}
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid in left])
    items[:] = [item for item in items if item.nodeid not in left]
