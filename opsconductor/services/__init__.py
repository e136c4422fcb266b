# SPDX-License-Identifier: Apache-2.0
"""Use cases: what the API, the CLI and the worker can do. Each opens its own unit of work and names an actor."""
