# SPDX-License-Identifier: Apache-2.0
"""Get-NetFirewallPortFilter and Get-NetFirewallRule, which gives the rules of such filters."""

from __future__ import annotations

from typing import Any

from opsconductor.simulate.windows.failure import NotSimulated
from opsconductor.simulate.windows.firewall import FirewallRule
from opsconductor.simulate.windows.powershell.cmdlets.binding import Call, cmdlet
from opsconductor.simulate.windows.powershell.value import Thing


@cmdlet("Get-NetFirewallPortFilter", "Protocol")
async def get_net_firewall_port_filter(call: Call) -> list[Any]:
    protocols = [one.lower() for one in call.bound.texts("Protocol")]
    return [
        Thing(
            "Microsoft.Management.Infrastructure.CimInstance#root/standardcimv2/MSFT_NetProtocolPortFilter",
            {"Protocol": rule.protocol.upper(), "LocalPort": rule.localport.title(), "Rule": rule},
        )
        for rule in call.host.firewall
        if not protocols or rule.protocol in protocols
    ]


@cmdlet("Get-NetFirewallRule", "")
async def get_net_firewall_rule(call: Call) -> list[Any]:
    if call.items is None:
        raise NotSimulated("Get-NetFirewallRule without port filters")
    rules: list[FirewallRule] = [one.get("Rule") for one in call.items if isinstance(one, Thing)]
    return [
        Thing(
            "Microsoft.Management.Infrastructure.CimInstance#root/standardcimv2/MSFT_NetFirewallRule",
            {
                "DisplayName": rule.name,
                "Enabled": "True" if rule.enabled else "False",
                "Direction": "Inbound" if rule.direction == "in" else "Outbound",
                "Action": rule.action.title(),
            },
            text=rule.name,
        )
        for rule in rules
    ]
