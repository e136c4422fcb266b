# SPDX-License-Identifier: Apache-2.0
"""Fixtures that several kinds of tests share."""

import os
from importlib import import_module
from pathlib import Path

import pytest

pytest_plugins = [
    "tests.fixtures.linux_hosts",
    "tests.fixtures.installation",
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
