# SPDX-License-Identifier: Apache-2.0
"""Fixtures that several kinds of tests share."""

pytest_plugins = ["tests.fixtures.linux_hosts"]
