# SPDX-License-Identifier: Apache-2.0
"""win_listen_ports_facts, win_uri: with the host's own ports and addresses."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlsplit

from opsconductor.simulate.windows.failure import ModuleFailed, NotSimulated
from opsconductor.simulate.windows.modules.run import Run, module

_SCHEMES = {"http": 80, "https": 443}


@module("win_listen_ports_facts", "tcp_filter date_uformat")
async def win_listen_ports_facts(run: Run) -> dict[str, Any]:
    """What services listen on. A simulated host has no UDP endpoints."""
    if run.arguments.given("date_uformat") or (run.arguments.items("tcp_filter") or ["Listen"]) != ["Listen"]:
        raise NotSimulated("win_listen_ports_facts of other than listening ports")
    found = []
    for service in run.host.services:
        process = run.host.processes.get(service.pid)
        if process is not None and service.state == "running":
            started = dt.datetime.fromtimestamp(process.started, dt.UTC)
            found += [
                {
                    "address": "0.0.0.0",  # noqa: S104 - what is told, nothing is bound
                    "name": process.image,
                    "pid": process.pid,
                    "port": port,
                    "protocol": "tcp",
                    "stime": started.strftime("%a %b %d %H:%M:%S %Y"),
                    "user": f"NT AUTHORITY\\{process.user}",
                }
                for port in service.ports
            ]
    return {"ansible_facts": {"tcp_listen": found, "udp_listen": []}}


@module("win_uri", "url url_method method url_timeout timeout status_code return_content")
async def win_uri(run: Run) -> dict[str, Any]:
    """An address answers what the host's description says, as long as a service listens on its port."""
    arguments, host = run.arguments, run.host
    url = arguments.required("url")
    if (arguments.text("url_method", "method") or "GET").upper() != "GET":
        raise NotSimulated("win_uri with another method than GET")
    parts = urlsplit(url)
    port = parts.port or _SCHEMES.get(parts.scheme, 0)
    if (parts.hostname or "").lower() not in ("localhost", "127.0.0.1", host.address, host.name.lower()):
        raise NotSimulated("win_uri to another machine")
    told: dict[str, Any] = {"url": url, "elapsed": 0.01}
    failure = "Error occurred when sending web request. HTTP request failed: 'GET' on"
    if port not in host.open_ports():
        raise ModuleFailed(f"{failure} '{url}': Unable to connect to the remote server", **told)
    if not any(urlsplit(one).netloc == parts.netloc for one in host.description.websites):
        raise NotSimulated(f"A web server on port {port}")
    page = host.description.websites.get(url)
    status, reason, content = (page.status, page.reason, page.content) if page else (404, "Not Found", "")
    told |= {"status_code": status, "status_description": reason, "content_length": len(content.encode())}
    if arguments.flag("return_content"):
        told["content"] = content
    if status not in [int(one) for one in arguments.items("status_code") or [200]]:
        raise ModuleFailed(f"Status code of request '{status}' is not in list of valid status codes", **told)
    return told
