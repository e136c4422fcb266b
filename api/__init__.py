# SPDX-License-Identifier: Apache-2.0
"""The thin HTTP skin over the services: REST, WebSocket and the web console's files."""
